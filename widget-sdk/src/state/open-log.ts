import { type Client, type Clock, type ConversationId, systemClock } from '../client/index.ts'
import { Log, type LogView } from './log.ts'
import { type Store, Subscribers } from './store.ts'

/** A followed conversation's log. */
export interface LogStore extends Store<LogView> {
  /** Brings the next older page. Does nothing when there is none or one is on its way. Rejects like `client.older`. */
  older(): Promise<void>
  /** Stops following, once every `openLog` of this conversation is closed. */
  close(): void
}

interface Shared {
  store: Omit<LogStore, 'close'>
  openings: number
  end(): void
}

const open = new WeakMap<Client, Map<ConversationId, Shared>>()

/** Follows a conversation and keeps its view. Opening one twice shares one view. */
export function openLog(client: Client, conversation: ConversationId, clock: Clock = systemClock): LogStore {
  const logs = open.get(client) ?? new Map<ConversationId, Shared>()
  open.set(client, logs)
  const shared = logs.get(conversation) ?? share(client, conversation, clock)
  logs.set(conversation, shared)
  shared.openings++
  let closed = false
  return {
    get view() {
      return shared.store.view
    },
    subscribe: shared.store.subscribe,
    older: shared.store.older,
    close() {
      if (closed) return
      closed = true
      if (--shared.openings > 0) return
      logs.delete(conversation)
      shared.end()
    },
  }
}

function share(client: Client, conversation: ConversationId, clock: Clock): Shared {
  const log = new Log(conversation, client.me)
  const subscribers = new Subscribers(() => log.view)
  const changed = () => subscribers.changed()
  let loading = false
  let expiry: (() => void) | undefined

  /** Forgets typing that was not renewed, now and whenever it is due. */
  function expire(): void {
    expiry?.()
    const now = clock.now()
    const next = log.expire(now)
    expiry = next === undefined ? undefined : clock.after(next - now, expire)
    changed()
  }

  /** Takes this conversation's frames, and no other's. */
  const ours =
    <B extends { conversation: ConversationId }>(take: (body: B) => void) =>
    (body: B) => {
      if (body.conversation !== conversation) return
      take(body)
      changed()
    }

  function stop(): void {
    for (const off of offs) off()
    expiry?.()
  }

  const offs = [
    client.on('welcome', () => {
      log.welcomed(client.me, client.outbox(conversation))
      changed()
    }),
    client.on('state', state => {
      if (state === 'online') return
      log.lost()
      expire()
    }),
    client.on('replay', page => {
      if (page.summary.conversation !== conversation) return
      log.replay(page)
      changed()
    }),
    client.on('outbox', change => {
      if (change.entry.conversation !== conversation) return
      log.outbox(change)
      changed()
    }),
    client.on(
      'summary',
      ours(summary => log.summary(summary)),
    ),
    client.on(
      'gone',
      ours(() => {
        log.gone()
        // What was on its way brings nothing back.
        stop()
      }),
    ),
    client.on(
      'entry',
      ours(entry => {
        log.entry(entry)
        expire()
      }),
    ),
    client.on(
      'stored',
      ours(stored => log.stored(stored)),
    ),
    client.on(
      'read_by',
      ours(readBy => log.readBy(readBy)),
    ),
    client.on(
      'typing_by',
      ours(typingBy => {
        log.typingBy(typingBy, clock.now())
        expire()
      }),
    ),
  ]
  log.welcomed(client.me, client.outbox(conversation))
  client.follow(conversation, true)

  async function older(): Promise<void> {
    const before = log.first
    if (loading || before === undefined || !log.view.hasOlder) return
    loading = true
    try {
      const page = await client.older(conversation, before)
      // A reset meanwhile has begun the log anew: this page is no longer the one before it.
      if (log.first === before) log.older(page)
      changed()
    } finally {
      loading = false
    }
  }

  return {
    store: {
      get view() {
        return log.view
      },
      subscribe: handler => subscribers.add(handler),
      older,
    },
    openings: 0,
    end() {
      stop()
      client.unfollow(conversation)
    },
  }
}
