import { Reading, Typing } from './attention.ts'
import { systemClock } from './clock.ts'
import { CodecError, type Frame } from './codec.ts'
import { Emitter } from './emitter.ts'
import { offline, RequestError } from './error.ts'
import { type ClientEvents, type ConnectionState, type Refusal, refusalOf } from './events.ts'
import { Follows } from './follows.ts'
import type { ClientOptions } from './options.ts'
import { Outbox, type OutboxEntry } from './outbox.ts'
import { type Reply, type RequestName, Requests } from './requests.ts'
import { Session } from './session.ts'
import { Socket } from './socket.ts'
import { Starter, type StartInput } from './start.ts'
import { Store } from './storage.ts'
import { onWake, type WakeTarget } from './wake.ts'
import {
  type ClientBodies,
  ClientOp,
  CloseCode,
  type Content,
  type ConversationId,
  type Cursor,
  type Entry,
  type HistoryPage,
  type Participant,
  type Replay,
  type ServerBodies,
  ServerOp,
  type Started,
  type Stored,
  type Summary,
  type Welcome,
  type WireError,
} from './wire.ts'

const NAMES = new Map(
  Object.entries(ServerOp).map(([name, op]) => [op as number, name as keyof ServerBodies]),
)

/** The frames that are told as events. */
const PUSHES = {
  entry: 1,
  stored: 1,
  replay: 1,
  routed: 1,
  read_by: 1,
  typing_by: 1,
  availability: 1,
  summary: 1,
} satisfies Partial<Record<keyof ServerBodies, 1>>

/**
 * A client of one gateway: one socket, kept alive, resumed by cursor; an outbox that survives it.
 * It has no view state: see `openLog` and `openInbox` in `state`.
 */
export class Client {
  readonly #events = new Emitter<ClientEvents>()
  readonly #requests = new Requests()
  readonly #session: Session
  readonly #socket: Socket
  readonly #follows: Follows
  readonly #outbox: Outbox
  readonly #starter: Starter
  readonly #typing: Typing
  readonly #reading: Reading
  readonly #wake: WakeTarget | undefined
  #sleep: (() => void) | undefined
  #state: ConnectionState = 'idle'
  #refusal: Refusal | undefined
  /** A hello waits for its answer. */
  #greeting = false

  constructor(options: ClientOptions) {
    const clock = options.clock ?? systemClock
    const store = new Store(options.storageKey, options.storage)
    const delayed = (error: WireError) => this.#events.emit('error', error)
    this.#wake = options.wake
    this.#session = new Session(options.hello, store)
    this.#socket = new Socket(options.url, options.WebSocket ?? WebSocket, clock, {
      opened: () => this.#hello(this.#follows.resume()),
      frame: frame => this.#received(frame),
      lost: fault => {
        if (fault) delayed({ code: 'bad_frame', retryable: true, retry_ms: 0, text: fault.message })
        this.#lost(this.#session.welcome ? 'reconnecting' : 'connecting')
      },
      refused: (code, reason) => this.#closedWith(code, reason),
    })
    this.#follows = new Follows(clock, {
      follow: (cursor, failed) => this.#ask('follow', cursor, () => {}, failed),
      unfollow: conversation => this.#ask('unfollow', { conversation }, () => {}, delayed),
      caughtUp: () => this.#outbox.pump(),
      refused: (conversation, error) => {
        this.#outbox.refused(conversation, error)
        delayed(error)
      },
    })
    this.#outbox = new Outbox(store, clock, {
      ready: conversation => this.#online && this.#follows.caughtUp(conversation),
      send: (body, routed, failed) => this.#ask('send', body, routed, failed),
      sending: (conversation, sending) => this.#follows.sending(conversation, sending),
      changed: change => this.#events.emit('outbox', change),
      delayed,
    })
    this.#starter = new Starter(store, clock, {
      online: () => this.#online,
      send: (body, done, failed) => this.#ask('start', body, done, failed),
      started: started => {
        this.#follows.started(started.conversation.conversation)
        this.#events.emit('started', started)
      },
      delayed,
    })
    this.#typing = new Typing(clock, (conversation, on) => this.#push('typing', { conversation, on }))
    this.#reading = new Reading(clock, (conversation, seq) => this.#push('read', { conversation, seq }))
  }

  /** Whether there is a connection, and if not, what is being done about it. */
  get state(): ConnectionState {
    return this.#state
  }

  /** Set when `state` is `closed` because the gateway refused. */
  get refusal(): Refusal | undefined {
    return this.#refusal
  }

  /** The latest answer to `hello`. */
  get welcome(): Welcome | undefined {
    return this.#session.welcome
  }

  /** Who this client speaks for; known from the first welcome on. */
  get me(): Participant | undefined {
    return this.#session.me
  }

  /** Connects, and stays connected until `close` or a refusal. Calling it again after either tries again. */
  connect(): void {
    if (this.#state !== 'idle' && this.#state !== 'closed') return
    this.#refusal = undefined
    this.#sleep = this.#wake && onWake(this.#wake, () => this.probe())
    this.#enter('connecting')
    this.#socket.connect()
  }

  /** Closes for good: requests fail, timers end. The outbox stays in storage. */
  close(): void {
    if (this.#state === 'idle' || this.#state === 'closed') return
    this.#reading.flush()
    this.#socket.close()
    this.#ended()
  }

  /** Checks at once whether the connection is alive, and skips any wait for the next attempt. */
  probe(): void {
    this.#socket.probe()
  }

  /** Uses this token from the next `hello` on; for clients that log in without a cookie. Not kept in storage. */
  setToken(token: string): void {
    this.#session.setToken(token)
  }

  /** Closes and forgets the session: token, unfinished start, outbox. `connect` then begins as somebody new. */
  forget(): void {
    this.close()
    this.#session.forget()
    this.#starter.forget()
    this.#outbox.forget()
    this.#follows.clear()
    this.#reading.clear()
  }

  /** Calls `handler` at each such event, until the returned function is called. */
  on<E extends keyof ClientEvents>(event: E, handler: (body: ClientEvents[E]) => void): () => void {
    return this.#events.on(event, handler)
  }

  /**
   * Asks, and resolves with the reply. Rejects with a `RequestError`: the gateway's, or a retryable `unavailable` when
   * there is no connection or it goes before the reply came.
   */
  request<N extends RequestName>(name: N, body: ClientBodies[N]): Promise<Reply<N>> {
    return new Promise((resolve, reject) => {
      const failed = (error: WireError) => reject(new RequestError(error))
      if (this.#online) this.#ask(name, body, resolve, failed)
      else failed(offline())
    })
  }

  /**
   * Starts a conversation, once: the attempt keeps its `client_id`, over reconnects and reloads, until it succeeds.
   * Retryable errors are retried (and told as `error`). Rejects with a `RequestError` that is not retryable, or when the
   * client is closed. Called again meanwhile, it returns the same promise.
   */
  start(input: StartInput): Promise<Started> {
    return this.#starter.start(input)
  }

  /** Puts an entry into the outbox and sends it as soon as it can. Returns its `client_id`. */
  send(conversation: ConversationId, content: Content): string {
    this.#typing.forget(conversation)
    return this.#outbox.add(conversation, content)
  }

  /** Sends a failed entry again. */
  retry(client_id: string): void {
    this.#outbox.retry(client_id)
  }

  /** Takes a failed entry out of the outbox. */
  discard(client_id: string): void {
    this.#outbox.discard(client_id)
  }

  /** One's own entries that are not stored yet, in order; of one conversation or of all. */
  outbox(conversation?: ConversationId): readonly OutboxEntry[] {
    return this.#outbox.entries(conversation)
  }

  /** Tells that this side is typing (as often as keys are pressed: it is throttled), or stopped. */
  typing(conversation: ConversationId, on: boolean): void {
    if (this.#online) this.#typing.set(conversation, on)
  }

  /** Tells that everything up to `seq` has been seen. Call it freely: only progress is sent, and coalesced. */
  read(conversation: ConversationId, seq: number): void {
    const { me } = this
    if (this.#reading.set(conversation, seq) && me) {
      this.#events.emit('read_by', { conversation, participant: me, seq })
    }
  }

  /**
   * Follows a conversation from now on, over reconnects: its replay comes, then live pushes. With `anew`, for a view that
   * holds nothing yet, what came before comes again, from the log's latest page on.
   */
  follow(conversation: ConversationId, anew = false): void {
    this.#follows.follow(conversation, anew)
  }

  /** Stops following, once the outbox has nothing more for it. */
  unfollow(conversation: ConversationId): void {
    this.#follows.unfollow(conversation)
  }

  /** A page of entries older than `before`. Rejects like `request`. */
  older(conversation: ConversationId, before: number): Promise<HistoryPage> {
    return this.request('history', { conversation, before })
  }

  get #online(): boolean {
    return this.#state === 'online'
  }

  #enter(state: ConnectionState): void {
    if (this.#state === state) return
    this.#state = state
    this.#events.emit('state', state)
  }

  /** Sends a request. */
  #ask<N extends keyof ClientBodies>(
    name: N,
    body: ClientBodies[N],
    done: (body: never) => void,
    failed: (error: WireError) => void,
  ): number {
    const ref = this.#requests.add(done, failed)
    try {
      this.#socket.send(ClientOp[name], ref, body)
    } catch (error) {
      // A frame beyond the bounds would cost the connection, for good: it fails here instead.
      if (!(error instanceof CodecError)) throw error
      this.#requests.failed(ref, { code: 'too_large', retryable: false, retry_ms: 0, text: error.message })
    }
    return ref
  }

  /** Sends what wants no reply; false if there is no connection. */
  #push<N extends keyof ClientBodies>(name: N, body: ClientBodies[N]): boolean {
    if (!this.#online) return false
    this.#socket.send(ClientOp[name], 0, body)
    return true
  }

  #hello(resume: Cursor[]): void {
    this.#greeting = true
    this.#ask(
      'hello',
      this.#session.hello(resume),
      (welcome: Welcome) => this.#welcomed(welcome, resume),
      error => {
        if (!this.#greeting) return
        if (error.retryable) this.#socket.drop(error.retry_ms)
        // Somebody new has nothing to resume.
        else if (error.code === 'unauthenticated' && this.#session.tokenRefused()) this.#hello([])
        else this.#refused(refusalOf(error))
      },
    )
  }

  #welcomed(welcome: Welcome, resumed: Cursor[]): void {
    const before = this.me?.id
    this.#session.welcomed(welcome)
    this.#socket.welcomed(welcome.limits)
    if (before !== undefined && before !== this.me?.id) {
      this.#follows.clear()
      this.#reading.clear()
    }
    const open = welcome.visitor?.conversation?.conversation
    this.#enter('online')
    if (this.#online) this.#follows.welcomed(resumed, open)
    this.#events.emit('welcome', welcome)
    // A handler may have closed the client.
    if (!this.#online || !this.me) return
    this.#outbox.welcomed(this.me.id, welcome.limits)
    this.#starter.welcomed(open !== undefined)
    this.#reading.flush()
  }

  #received({ op, ref, body }: Frame): void {
    const name = NAMES.get(op)
    // An op of a later version.
    if (!name) return
    if (name === 'error') {
      const error = body as WireError
      if (!this.#requests.failed(ref, error) && !this.#outbox.refusedLate(ref, error))
        this.#events.emit('error', error)
      return
    }
    if (name in PUSHES) this.#pushed(name as keyof typeof PUSHES, body)
    // A replay may still fail behind its first page.
    if (!(name === 'replay' && body.more)) this.#requests.done(ref, body)
  }

  #pushed(name: keyof typeof PUSHES, body: unknown): void {
    if (name === 'entry') this.#follows.entry(body as Entry)
    else if (name === 'summary') {
      const { conversation, head } = body as Summary
      this.#follows.head(conversation, head)
    } else if (name === 'stored') {
      const stored = body as Stored
      const own = stored.sender.id === this.me?.id && this.#outbox.has(stored.client_id)
      this.#follows.stored(stored, own)
    }
    this.#events.emit(name, body as never)
    // The outbox comes after the event, so that a view has its items' places before it hears that they left.
    if (name === 'stored') this.#settled(body as Stored)
    else if (name === 'replay') {
      const replay = body as Replay
      for (const entry of replay.entries) this.#settled(entry)
      this.#follows.replay(replay)
    }
  }

  #settled({ sender, client_id }: Stored | Entry): void {
    this.#outbox.stored(sender.id, client_id)
  }

  /** Whether it is final: a visitor whose session is over begins as somebody new. */
  #closedWith(code: number, reason: string): boolean {
    if (code === CloseCode.Unauthenticated && this.#session.tokenRefused()) return false
    this.#refused({ code, reason })
    return true
  }

  #refused(refusal: Refusal): void {
    this.#socket.close()
    this.#refusal = refusal
    this.#ended()
  }

  #ended(): void {
    this.#sleep?.()
    this.#sleep = undefined
    this.#lost('closed')
    this.#starter.close(this.#refusal?.error ?? offline())
  }

  #lost(next: ConnectionState): void {
    this.#greeting = false
    this.#enter(next)
    this.#follows.lost()
    this.#outbox.lost()
    this.#starter.lost()
    this.#typing.forget()
    this.#reading.lost()
    this.#requests.lost()
  }
}
