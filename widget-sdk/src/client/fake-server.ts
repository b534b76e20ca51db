import type { FakeClock } from './fake-clock.ts'
import { FakeDesk } from './fake-desk.ts'
import { FakeSocket, type Said } from './fake-socket.ts'
import { FakeUploads } from './fake-uploads.ts'
import { LIMITS, VISITOR, welcomeOf } from './fake-welcome.ts'
import type { SocketConstructor } from './socket.ts'
import {
  type ClientBodies,
  CloseCode,
  type Content,
  type ConversationId,
  type Cursor,
  type Entry,
  type ErrorCode,
  type Participant,
  type ServerBodies,
  type Summary,
  type WireError,
} from './wire.ts'

/** One conversation as the fake gateway keeps it. */
interface FakeLog {
  id: ConversationId
  visitor: string
  status: Summary['status']
  stored: Entry[]
}

/** An error as the gateway words it. */
export function wireError(code: ErrorCode, retryable = false, retry_ms = 0): WireError {
  return { code, retryable, retry_ms, text: code }
}

export const AGENT: Participant = { kind: 'agent', id: 'agent-1', name: 'Grace' }

/**
 * A gateway in memory, for tests: it keeps sessions and logs, routes, stores and replays as the real one does, one
 * frame at a time, and fails where it is told to. What it has to say waits in `queue` until `settle` says it.
 */
export class FakeGateway {
  readonly clock: FakeClock
  readonly sockets: FakeSocket[] = []
  readonly logs = new Map<ConversationId, FakeLog>()
  /** What becomes of new sockets. */
  dial: 'accept' | 'hang' | 'break' = 'accept'
  /** Whether `stored` comes before `routed`. */
  storedFirst = false
  /** Whether nothing is stored for now, as if the database were away. */
  holding = false
  /** Entries in a page of a replay. */
  page = 2
  limits = { ...LIMITS }
  /** What visitors are told, but for who they are. */
  visitor = structuredClone(VISITOR)
  /** Answers a frame in the gateway's stead; false leaves it to the gateway. */
  instead: (socket: FakeSocket, said: Said) => boolean = () => false
  /** Pushes that are lost on their way. */
  lose: (name: keyof ServerBodies) => boolean = () => false
  /** At which frame, counted over both directions, something happens; the frame itself is lost. */
  failAt = Number.POSITIVE_INFINITY
  /** What happens: by default the socket breaks. */
  fail: (socket: FakeSocket) => void = socket => this.break(socket)
  frames = 0
  readonly tokens = new Map<string, string>()
  readonly desk = new FakeDesk({
    tell: (...frame) => this.tell(...frame),
    summaries: () => [...this.logs.values()].map(log => this.summary(log)),
  })
  readonly uploads = new FakeUploads({
    tell: (...frame) => this.tell(...frame),
    refuse: (socket, error, ref) => {
      this.tell(socket, 'error', { ...wireError(error.code, error.code === 'rate_limited'), ...error }, ref)
    },
  })
  readonly #starts = new Map<string, ConversationId>()
  readonly #who = new Map<FakeSocket, Participant>()
  /** The token that a visitor's socket said hello with, or was given. */
  readonly #token = new Map<FakeSocket, string>()
  readonly #follows = new Map<FakeSocket, Map<ConversationId, (() => void)[] | undefined>>()
  #queue: (() => void)[] = []
  #pending: Entry[] = []
  #ids = 0

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  /** To be given to a client. */
  get WebSocket(): SocketConstructor {
    const gateway = this
    return class extends FakeSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, (socket, said) => gateway.#heard(socket, said))
        gateway.sockets.push(this)
        gateway.#queue.push(() => {
          if (this.readyState !== 0) return
          if (gateway.dial === 'accept') this.accept()
          else if (gateway.dial === 'break') this.end()
        })
      }
    }
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('nobody has dialed')
    return socket
  }

  /** Says everything that waits, one frame at a time, until both sides have nothing more to say or it is `enough`. */
  async settle(enough = () => false): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet++) {
      // The client gathers a tick's frames in a microtask, and hands promises' results on in others.
      await Promise.resolve()
      if (enough()) return
      const next = this.#queue.shift()
      if (!next) continue
      next()
      quiet = -1
    }
  }

  /** Breaks a socket: what it had to say and to hear is lost, the client learns of it later. */
  break(socket: FakeSocket): void {
    const { onclose } = socket
    socket.readyState = 2
    this.#who.delete(socket)
    this.#follows.delete(socket)
    this.#queue.push(() => {
      if (socket.onclose === onclose) socket.end()
    })
  }

  /** Dies as by kill -9: every socket breaks, and what was not stored is gone. */
  crash(): void {
    this.#pending = []
    for (const socket of this.sockets) if (socket.open) this.break(socket)
  }

  /** Stores what was held back. */
  release(): void {
    this.holding = false
    for (const entry of this.#pending.splice(0)) this.#store(entry)
  }

  /** A new conversation of a visitor. */
  open(visitor: string, id: ConversationId = `conversation-${++this.#ids}`): FakeLog {
    const log: FakeLog = { id, visitor, status: 'open', stored: [] }
    this.logs.set(id, log)
    return log
  }

  /** Somebody without a socket here adds an entry. */
  say(
    conversation: ConversationId,
    text: string,
    sender = AGENT,
    content: Content = { kind: 'text', text },
  ): void {
    this.#take({ conversation, client_id: `said-${++this.#ids}`, content }, sender, undefined)
  }

  /** A conversation is erased: whoever follows it is told, and all agents. */
  erase(conversation: ConversationId): void {
    this.logs.delete(conversation)
    this.#pending = this.#pending.filter(entry => entry.conversation !== conversation)
    for (const [socket, { kind }] of this.#who) {
      const followed = this.#follows.get(socket)?.delete(conversation) ?? false
      for (const told of [followed, kind === 'agent']) if (told) this.tell(socket, 'gone', { conversation })
    }
  }

  /** The text of a log's entries, in order. */
  texts(conversation: ConversationId): (string | undefined)[] {
    return this.logs.get(conversation)?.stored.map(entry => entry.content.text) ?? []
  }

  summary(log: FakeLog): Summary {
    const at = log.stored.at(-1)?.at ?? 1
    return {
      conversation: log.id,
      status: log.status,
      visitor: { id: log.visitor },
      head: log.stored.length,
      visitor_read: 0,
      agent_read: 0,
      created_at: 1,
      updated_at: at,
    }
  }

  /** Queues a frame for a socket. */
  tell<N extends keyof ServerBodies>(socket: FakeSocket, name: N, body: ServerBodies[N], ref = 0): void {
    this.#queue.push(() => this.#passes(socket) && !this.lose(name) && socket.push(name, body, ref))
  }

  /** Pings every socket that is open, with the heads of what it follows. */
  ping(): void {
    for (const socket of this.sockets) {
      if (!socket.open) continue
      const logs = [...(this.#follows.get(socket)?.keys() ?? [])].map(id => this.logs.get(id))
      const heads = logs.flatMap(log => (log ? [{ conversation: log.id, head: log.stored.length }] : []))
      this.tell(socket, 'ping', { heads })
    }
  }

  #passes(socket: FakeSocket): boolean {
    if (!socket.open) return false
    if (++this.frames !== this.failAt) return true
    this.fail(socket)
    return false
  }

  #heard(socket: FakeSocket, said: Said): void {
    if (!this.#passes(socket) || this.instead(socket, said)) return
    const { name, ref, body } = said
    const me = this.#who.get(socket)
    if (name === 'hello') this.#hello(socket, ref, body)
    else if (name === 'ping') this.tell(socket, 'pong', {}, ref)
    else if (name === 'pong') return
    else if (!me) this.tell(socket, 'error', wireError('unauthenticated'), ref)
    else if (name === 'start') this.#start(socket, ref, body, me)
    else if (name === 'identify') this.#identify(socket, ref, body, me)
    else if (name === 'update' || name === 'page' || name === 'track') this.tell(socket, 'ok', {}, ref)
    else if (name === 'upload_open') this.uploads.open(socket, ref, me.id, body)
    else if (name === 'upload_chunk') this.uploads.chunk(socket, body)
    else if (name === 'upload_abort') this.uploads.abort(socket, ref, body)
    else if (this.desk.answer(socket, name, ref, body)) return
    else if (!('conversation' in body) || !this.logs.has(body.conversation)) {
      this.tell(socket, 'error', wireError('not_found'), ref)
    } else if (name === 'send') this.#take(body, me, { socket, ref })
    else if (name === 'follow') this.#replay(socket, ref, body)
    else if (name === 'history') {
      const all =
        this.logs.get(body.conversation)?.stored.filter(entry => (entry.seq ?? 0) < body.before) ?? []
      const entries = all.slice(-this.page)
      const more = all.length > entries.length
      this.tell(socket, 'history_page', { conversation: body.conversation, entries, more }, ref)
    } else if (name === 'unfollow') {
      this.#follows.get(socket)?.delete(body.conversation)
      this.tell(socket, 'ok', {}, ref)
    }
  }

  #hello(socket: FakeSocket, ref: number, hello: ClientBodies['hello']): void {
    const known = hello.token && this.tokens.get(hello.token)
    if (hello.token && !known) {
      this.tell(socket, 'error', wireError('unauthenticated'), ref)
      return
    }
    // An agent without a token has a cookie, and is always the same.
    const who = known || (hello.role === 'agent' ? 'member-1' : `visitor-${++this.#ids}`)
    const token = known || hello.role === 'agent' ? undefined : `token-${who}`
    if (token) this.tokens.set(token, who)
    if (hello.role === 'visitor') this.#token.set(socket, hello.token ?? token ?? '')
    this.#who.set(socket, { kind: hello.role, id: who })
    const open = this.#open(who)
    const greeted = { role: hello.role, id: who, token, open: open && this.summary(open) }
    this.tell(socket, 'welcome', welcomeOf(greeted, this.clock.now(), this.limits, this.visitor), ref)
    const resume = hello.resume ?? []
    for (const cursor of resume) {
      const { conversation } = cursor
      if (this.#sees(this.logs.get(conversation), socket)) this.#replay(socket, ref, cursor)
      else this.tell(socket, 'error', { ...wireError('not_found'), conversation }, ref)
    }
    if (open && !resume.some(cursor => cursor.conversation === open.id)) {
      this.#replay(socket, ref, { conversation: open.id })
    }
  }

  /** A visitor's open conversation. */
  #open(visitor: string): FakeLog | undefined {
    return [...this.logs.values()].filter(log => log.visitor === visitor && log.status !== 'resolved').at(-1)
  }

  #sees(log: FakeLog | undefined, socket: FakeSocket): boolean {
    const who = this.#who.get(socket)
    return log !== undefined && (who?.kind === 'agent' || log.visitor === who?.id)
  }

  /** Takes `sub:…` for a token that the site has signed. */
  #identify(socket: FakeSocket, ref: number, body: ClientBodies['identify'], me: Participant): void {
    const { name, token } = body
    if (token && !token.startsWith('sub:')) {
      this.tell(socket, 'error', wireError('unauthenticated'), ref)
      return
    }
    const visitor = token ? `verified-${token.slice(4)}` : me.id
    const open = this.#open(visitor)
    const conversation = open && this.summary(open)
    const identified = {
      visitor,
      verified: token !== undefined,
      ...(name && { name }),
      ...(conversation && { conversation }),
    }
    const session = this.#token.get(socket) ?? ''
    this.tell(socket, 'identified', identified, ref)
    if (visitor === me.id) return
    this.tokens.set(session, visitor)
    this.#who.set(socket, { kind: 'visitor', id: visitor })
    this.#follows.delete(socket)
    if (open) this.#replay(socket, ref, { conversation: open.id })
    for (const [other, theirs] of this.#token) {
      if (other !== socket && theirs === session && other.open) other.end(CloseCode.Identified, 'identified')
    }
  }

  #start(socket: FakeSocket, ref: number, { client_id }: ClientBodies['start'], me: Participant): void {
    const key = `${me.id}:${client_id}`
    const id = this.#starts.get(key)
    const log = (id && this.logs.get(id)) || this.open(me.id)
    this.#starts.set(key, log.id)
    this.tell(socket, 'started', { client_id, conversation: this.summary(log) }, ref)
    this.#replay(socket, ref, { conversation: log.id, cursor: 0 })
  }

  /** Follows: holds back what is live, reads a page at a time as it is said, then lets go. */
  #replay(socket: FakeSocket, ref: number, { conversation, cursor }: Cursor): void {
    const log = this.logs.get(conversation)
    if (!log) return
    const follows = this.#follows.get(socket) ?? new Map<ConversationId, (() => void)[] | undefined>()
    this.#follows.set(socket, follows)
    const held: (() => void)[] = []
    follows.set(conversation, held)
    let reset = cursor === undefined || cursor > log.stored.length
    let from = reset ? Math.max(0, log.stored.length - this.page) : (cursor ?? 0)
    const say = () => {
      if (!this.#passes(socket) || this.lose('replay')) return
      const entries = log.stored.slice(from, from + this.page)
      from += entries.length
      const more = from < log.stored.length
      socket.push(
        'replay',
        { summary: this.summary(log), reset, entries, more, ...(!more && { read: [] }) },
        ref,
      )
      reset = false
      if (more) this.#queue.push(say)
      else if (follows.get(conversation) === held) {
        follows.set(conversation, undefined)
        for (const frame of held) frame()
      }
    }
    this.#queue.push(say)
  }

  #publish<N extends keyof ServerBodies>(
    conversation: ConversationId,
    name: N,
    body: ServerBodies[N],
    but?: FakeSocket,
  ): void {
    for (const [socket, follows] of this.#follows) {
      if (socket === but || !follows.has(conversation)) continue
      const say = () => this.tell(socket, name, body)
      const held = follows.get(conversation)
      if (held) held.push(say)
      else say()
    }
  }

  #take(
    body: ClientBodies['send'],
    sender: Participant,
    from: { socket: FakeSocket; ref: number } | undefined,
  ): void {
    const { conversation, client_id, content } = body
    const at = this.clock.now()
    const entry: Entry = { conversation, id: `entry-${++this.#ids}`, sender, client_id, at, content }
    this.#publish(conversation, 'entry', entry, from?.socket)
    this.#pending.push(entry)
    const commit = () => {
      if (!this.holding && this.#pending.includes(entry)) this.#store(entry)
    }
    const routed = { conversation, client_id, id: entry.id, at }
    if (this.storedFirst) commit()
    if (from) this.tell(from.socket, 'routed', routed, from.ref)
    this.#queue.push(commit)
  }

  #store(entry: Entry): void {
    const { conversation, sender, client_id } = entry
    this.#pending = this.#pending.filter(other => other !== entry)
    const log = this.logs.get(conversation)
    if (!log) return
    let kept = log.stored.find(other => other.sender.id === sender.id && other.client_id === client_id)
    if (!kept) {
      kept = { ...entry, seq: log.stored.length + 1 }
      log.stored.push(kept)
    }
    const { seq = 0, id, at } = kept
    const { name: _, ...nameless } = sender
    this.#publish(conversation, 'stored', { conversation, seq, id, sender: nameless, client_id, at })
  }
}
