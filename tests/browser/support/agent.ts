import { Client, type Content, type ConversationId, type SocketConstructor } from '@chatdesk/widget/client'
import { type LogStore, type LogView, openInbox, openLog, type Store } from '@chatdesk/widget/state'
import { WebSocket } from 'ws'

/** How long an agent waits for what must come, in milliseconds. */
const PATIENCE_MS = 20_000

/** An agent without a browser: the console's own client and state, in this process. */
export class Agent {
  private constructor(readonly client: Client) {}

  /** Connects with a login's token, and resolves once the gateway has said welcome. */
  static async connect(socket: string, token: string): Promise<Agent> {
    const client = new Client({
      url: socket,
      storageKey: 'agent',
      WebSocket: WebSocket as unknown as SocketConstructor,
      hello: () => ({ role: 'agent', agent: 'tests/1' }),
    })
    client.setToken(token)
    const welcome = new Promise<void>((resolve, reject) => {
      client.on('welcome', () => resolve())
      client.on('state', state => state === 'closed' && reject(new Error('the gateway refused the agent')))
    })
    client.connect()
    await welcome
    return new Agent(client)
  }

  /** The conversation in which `text` was said, once it has come. */
  async hears(text: string): Promise<Talk> {
    const inbox = openInbox(this.client)
    try {
      const logs = new Map<ConversationId, Talk>()
      return await until(
        inbox,
        `a conversation with "${text}"`,
        ({ rows }) => {
          for (const { summary } of rows) {
            const { conversation } = summary
            if (!logs.has(conversation)) logs.set(conversation, new Talk(this.client, conversation))
          }
          return [...logs.values()].find(talk => talk.texts.includes(text))
        },
        again => {
          for (const talk of logs.values()) talk.log.subscribe(again)
        },
      )
    } finally {
      inbox.close()
    }
  }

  close(): void {
    this.client.close()
  }
}

/** One conversation, as an agent has it. */
export class Talk {
  readonly log: LogStore

  constructor(
    private readonly client: Client,
    readonly conversation: ConversationId,
  ) {
    this.log = openLog(client, conversation)
  }

  /** What was said that is stored, in order. */
  get texts(): string[] {
    return this.log.view.items
      .filter(({ status, entry }) => status === 'stored' && entry.content.kind === 'text')
      .map(({ entry }) => entry.content.text ?? '')
  }

  /** Says something, and resolves once it is stored. */
  async say(text: string): Promise<void> {
    await this.#store({ kind: 'text', text })
  }

  /** Ends the conversation, and resolves once that is stored. */
  async resolve(): Promise<void> {
    await this.#store({ kind: 'status', status: 'resolved' })
  }

  typing(on: boolean): void {
    this.client.typing(this.conversation, on)
  }

  /** Tells that everything so far was read. */
  read(): void {
    this.client.read(this.conversation, this.log.view.head)
  }

  /** Resolves once the log is as wanted; `what` says what was waited for when it is not. */
  async until(what: string, holds: (view: LogView) => boolean): Promise<void> {
    await until(this.log, what, view => holds(view) || undefined)
  }

  /** Resolves once `text` has come and is stored. */
  async hears(text: string): Promise<void> {
    await this.until(`"${text}"`, () => this.texts.includes(text))
  }

  async #store(content: Content): Promise<void> {
    const id = this.client.send(this.conversation, content)
    await this.until(JSON.stringify(content), ({ items }) =>
      items.some(({ entry, status }) => entry.client_id === id && status === 'stored'),
    )
  }
}

/** What `found` finds in a view, once it does. `also` may subscribe to what else to look again for. */
function until<V, T>(
  store: Store<V>,
  what: string,
  found: (view: V) => T | undefined,
  also: (again: () => void) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const given = setTimeout(() => {
      off()
      reject(new Error(`did not come: ${what}`))
    }, PATIENCE_MS)
    const look = () => {
      const it = found(store.view)
      also(look)
      if (it === undefined) return
      clearTimeout(given)
      off()
      resolve(it)
    }
    const off = store.subscribe(look)
    look()
  })
}
