import type { InitOptions } from '../api.ts'
import { FakeClock } from '../client/fake-clock.ts'
import { FakeGateway } from '../client/fake-server.ts'
import type { FakeSocket, Said } from '../client/fake-socket.ts'
import type {
  Attachment,
  Content,
  ConversationId,
  ErrorCode,
  FormField,
  Summary,
  WidgetSettings,
} from '../client/index.ts'
import { PEOPLE, TEAM, TOKEN, VISITOR_ID, type Who } from './people.ts'
import { Seen } from './seen.ts'

/** How often the gateway says what it has to say, in milliseconds. */
const TURN_MS = 16
const MINUTE_MS = 60_000
/** Entries in a page of a replay: all of them. */
const PAGE = 100

/** The machine's clock, for a gateway whose tests turn theirs by hand. */
class WallClock extends FakeClock {
  override now = () => Date.now()
}

type Command = (method: string, ...args: unknown[]) => unknown

/** What a state is asked for with. */
export interface Asked {
  theme: string
  lang: string
}

/**
 * A page with the real widget on it, as a site includes it, and a gateway that is made up: it sits in this page, behind
 * `WebSocket` and the addresses of files. A state prepares it, starts the widget, and does what a visitor would do.
 */
export class Stage {
  readonly gateway = new FakeGateway(new WallClock())
  readonly seen = new Seen()
  /** What `init` is given besides the key. */
  options: InitOptions = {}
  readonly #key: string
  readonly #instead = new Map<Said['name'], (socket: FakeSocket, ref: number) => void>()
  #seq = 0

  constructor(state: string, { theme, lang }: Asked) {
    this.#key = `gallery-${state}`
    this.options = { theme: theme === 'dark' ? 'dark' : theme === 'light' ? 'light' : 'auto', locale: lang }
    this.#forget()
    const { gateway } = this
    gateway.page = PAGE
    gateway.limits = { ...gateway.limits, upload_types: ['image/png', 'image/jpeg', 'application/pdf'] }
    gateway.tokens.set(TOKEN, VISITOR_ID)
    this.keep('token', TOKEN)
    Object.assign(gateway.visitor.settings, {
      primary_color: '#2F6F4F',
      greeting_message: 'Hello! Questions about a piece, a size or your order? We are happy to help.',
      ask_rating: true,
    } satisfies Partial<WidgetSettings>)
    gateway.visitor.availability = { online: true, agents: TEAM }
    gateway.instead = (socket, { name, ref }) => {
      const answer = this.#instead.get(name)
      answer?.(socket, ref)
      return answer !== undefined
    }
    this.answer('inbox', (socket, ref) =>
      gateway.tell(socket, 'inbox_page', { conversations: this.#summaries() }, ref),
    )
    Object.assign(window, { WebSocket: gateway.WebSocket })
    setInterval(() => void gateway.settle(), TURN_MS)
  }

  /** Sets what an admin would. */
  set(settings: Partial<WidgetSettings>): void {
    Object.assign(this.gateway.visitor.settings, settings)
  }

  /** The form that comes before a conversation. */
  ask(fields: FormField[]): void {
    this.gateway.visitor.form = { enabled: true, fields }
  }

  /** Nobody is there. */
  away(): void {
    this.gateway.visitor.availability = { online: false, agents: [] }
  }

  /** Keeps something in the browser, as an earlier page would have. */
  keep(name: string, value: string): void {
    localStorage.setItem(`chatdesk:${this.#key}:${name}`, value)
  }

  /** A conversation of the visitor's, which the next pages take up. */
  talk(id: ConversationId = 'conversation-gallery'): ConversationId {
    this.gateway.open(VISITOR_ID, id)
    this.keep('resume', '1')
    return id
  }

  /** Answers what the widget asks under this name in the gateway's stead. */
  answer(name: Said['name'], how: (socket: FakeSocket, ref: number) => void): void {
    this.#instead.set(name, how)
  }

  /** Refuses what the widget asks under this name; for how many milliseconds, if it may be asked again. */
  refuse(name: Said['name'], code: ErrorCode, retry_ms = 0): void {
    const error = { code, retryable: retry_ms > 0, retry_ms, text: code }
    this.answer(name, (socket, ref) => this.gateway.tell(socket, 'error', error, ref))
  }

  /** Something that was said so many minutes ago. */
  said(minutes: number, who: Who, content: Content | string, conversation = 'conversation-gallery'): void {
    const log = this.gateway.logs.get(conversation)
    if (!log) throw new Error(`no conversation ${conversation}`)
    const at = Date.now() - minutes * MINUTE_MS
    const seq = log.stored.length + 1
    const said = typeof content === 'string' ? ({ kind: 'text', text: content } as const) : content
    if (said.kind === 'status' && said.status) log.status = said.status
    log.stored.push({
      conversation,
      id: `entry-${++this.#seq}`,
      seq,
      sender: PEOPLE[who],
      client_id: `client-${this.#seq}`,
      at,
      content: said,
    })
  }

  /** An agent has read up to the entry with this seq. */
  read(seq: number, conversation = 'conversation-gallery'): void {
    const { gateway } = this
    gateway.tell(gateway.socket, 'read_by', { conversation, participant: PEOPLE.maya, seq })
  }

  /** Somebody is writing. */
  typing(who: Who, conversation = 'conversation-gallery'): void {
    const { gateway } = this
    gateway.tell(gateway.socket, 'typing_by', { conversation, participant: PEOPLE[who], on: true })
  }

  /** The page's command. */
  call: Command = (...call) => (window as unknown as { chatdesk: Command }).chatdesk(...call)

  /** Puts the widget on the page, and waits until it can be seen. */
  async start(): Promise<void> {
    this.call('init', { widgetKey: this.#key, ...this.options })
    await this.seen.one('.bubble')
  }

  /** Opens the window, and waits for something in it. */
  async open(shows = '.window'): Promise<void> {
    this.call('init', { widgetKey: this.#key, ...this.options })
    this.call('open')
    await this.seen.one(shows)
  }

  /** The visitor's conversations, newest first, each with its newest message. */
  #summaries(): Summary[] {
    const { gateway } = this
    return [...gateway.logs.values()].reverse().map(log => {
      const last = log.stored.findLast(({ content }) => content.text)
      const preview = last?.content.text && { from: last.sender.kind, text: last.content.text }
      return { ...gateway.summary(log), visitor_read: log.stored.length, ...(preview && { preview }) }
    })
  }

  /** Nothing of an earlier look at this state. */
  #forget(): void {
    for (const area of [localStorage, sessionStorage]) {
      for (const key of Object.keys(area)) {
        if (key.startsWith(`chatdesk:${this.#key}:`)) area.removeItem(key)
      }
    }
  }
}

/** A file that was sent. */
export function attached(name: string, type: string, size: number): Content {
  const attachment: Attachment = { id: `file-${name}`, name, size, type, url: `/files/gallery/${name}` }
  return { kind: 'attachment', attachment }
}
