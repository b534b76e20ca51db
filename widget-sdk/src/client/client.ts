import { Reading, Typing } from './attention.ts'
import { systemClock } from './clock.ts'
import { Connection } from './connection.ts'
import { Emitter } from './emitter.ts'
import { offline, RequestError } from './error.ts'
import { type ClientEvents, type ConnectionState, NOT_TOLD, type Refusal } from './events.ts'
import { Follows } from './follows.ts'
import type { ClientOptions } from './options.ts'
import { Outbox, type OutboxEntry } from './outbox.ts'
import type { Reply, RequestName } from './requests.ts'
import { cutPage } from './session.ts'
import { Starter, type StartInput } from './start.ts'
import { Store } from './storage.ts'
import type {
  ClientBodies,
  Content,
  ConversationId,
  Cursor,
  Entry,
  Gone,
  HistoryPage,
  Identified,
  Identify,
  Page,
  Participant,
  ParticipantId,
  Ping,
  Replay,
  ServerBodies,
  Started,
  Stored,
  Summary,
  Throttle,
  UploadChunk,
  Welcome,
  WireError,
} from './wire.ts'

/** Most cursors in a `hello` to a gateway that has not said how many it takes. */
const RESUME_UNSAID = 100

/** What is done with a reply that says nothing more than that it is one. */
const done = () => {}

/**
 * A client of one gateway: one connection, kept alive, resumed by cursor; an outbox that survives it.
 * It has no view state: see `openLog` and `openInbox` in `state`. Files are sent with `Uploads`.
 */
export class Client {
  readonly #events = new Emitter<ClientEvents>()
  readonly #connection: Connection
  readonly #follows: Follows
  readonly #outbox: Outbox
  readonly #starter: Starter
  readonly #typing: Typing
  readonly #reading: Reading
  /** The latest `identify` that has not ended. */
  #identifying: Promise<Identified> | undefined

  constructor(options: ClientOptions) {
    const clock = options.clock ?? systemClock
    const store = new Store(options.storageKey, options.storage)
    const delayed = (error: WireError) => this.#tell(error)
    const connection = new Connection(options, store, clock, {
      state: state => this.#events.emit('state', state),
      resume: () => this.#follows.resume(this.welcome?.limits.resume_cursors || RESUME_UNSAID),
      switched: former => this.#switched(former, this.welcome?.visitor?.conversation),
      welcomed: (welcome, resumed) => this.#begin(welcome.visitor?.conversation, resumed, welcome),
      frame: (name, body) => this.#received(name, body),
      error: (ref, error) => this.#failed(ref, error),
      lost: () => this.#lost(),
      ended: error => this.#starter.close(error),
    })
    this.#connection = connection
    this.#follows = new Follows(clock, {
      follow: (cursor, failed) => connection.ask('follow', cursor, done, failed),
      unfollow: conversation => connection.ask('unfollow', { conversation }, done, delayed),
      caughtUp: () => this.#outbox.pump(),
      refused: (conversation, error) => {
        if (error.code === 'not_found') this.#gone(conversation)
        else this.#outbox.refused(conversation, error)
        delayed(error)
      },
    })
    this.#outbox = new Outbox(store, clock, {
      ready: conversation => connection.online && this.#follows.caughtUp(conversation),
      send: (body, routed, failed) => connection.ask('send', body, routed, failed),
      sending: (conversation, sending) => this.#follows.sending(conversation, sending),
      changed: change => this.#events.emit('outbox', change),
      delayed,
    })
    this.#starter = new Starter(store, clock, {
      online: () => connection.online,
      send: (body, started, failed) => connection.ask('start', body, started, failed),
      started: started => {
        this.#follows.started(started.conversation.conversation)
        this.#events.emit('started', started)
      },
      delayed,
    })
    // Old by the time it might be taken.
    this.#typing = new Typing(clock, body => connection.held || connection.push('typing', body))
    this.#reading = new Reading(clock, (conversation, seq) => connection.push('read', { conversation, seq }))
  }

  /** Whether there is a connection, and if not, what is being done about it. */
  get state(): ConnectionState {
    return this.#connection.state
  }

  /** Set when `state` is `closed` because the gateway refused. */
  get refusal(): Refusal | undefined {
    return this.#connection.refusal
  }

  /** The latest answer to `hello`, with what `identify` has changed since. */
  get welcome(): Welcome | undefined {
    return this.#connection.session.welcome
  }

  /** Who this client speaks for; known from the first welcome on. */
  get me(): Participant | undefined {
    return this.#connection.session.me
  }

  /** Connects, and stays connected until `close` or a refusal. Calling it again after either tries again. */
  connect(): void {
    this.#connection.connect()
  }

  /** Closes for good: requests fail, timers end. The outbox stays in storage. */
  close(): void {
    this.#reading.flush()
    this.#connection.close()
  }

  /** Checks at once whether the connection is alive, and skips any wait for the next attempt. */
  probe(): void {
    this.#connection.probe()
  }

  /** The session's token: whoever has it is this visitor. For a window of the gateway's own that goes on with it. */
  get token(): string | undefined {
    return this.#connection.session.token
  }

  /** Uses this token from the next `hello` on; for clients that log in without a cookie. Not kept in storage. */
  setToken(token: string): void {
    this.#connection.session.setToken(token)
  }

  /** Closes and forgets the session: token, unfinished start, outbox. `connect` then begins as somebody new. */
  forget(): void {
    this.close()
    this.#connection.session.forget()
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
    return this.#request(name, body, done)
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

  /**
   * Tells that this side is typing (as often as keys are pressed: it is throttled), or stopped. What stands in the field,
   * the `draft`, is told along where the organization wants it and a visitor types.
   */
  typing(conversation: ConversationId, on: boolean, draft?: string): void {
    if (!this.#connection.online) return
    this.#typing.set(conversation, on, this.welcome?.visitor?.settings.draft_preview ? draft : undefined)
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

  /**
   * Says who the visitor is. With a `token` of the site's server the session may turn to another visitor: told as
   * `switched`, after which this resolves. Rejects like `request`.
   */
  identify(input: Identify): Promise<Identified> {
    const ask = () => this.#request('identify', input, (reply: Identified) => this.#identified(reply))
    // One at a time: a switch fails whatever waits for an answer, and the answer to this one must not be lost.
    const identified = (this.#identifying?.then(ask, ask) ?? ask()).finally(() => {
      if (this.#identifying === identified) this.#identifying = undefined
    })
    this.#identifying = identified
    return identified
  }

  /** The visitor is on another page now. Without a connection the next `hello` tells. */
  page(page: Page): void {
    if (!this.#connection.online) return
    this.#connection.ask('page', cutPage(page), done, error => this.#tell(error))
  }

  /**
   * Sends what `next` gives whenever nothing else waits to be sent, a chunk at a time; it is asked again at each call of
   * the returned function. For `Uploads`.
   */
  bulk(next: () => UploadChunk | undefined): () => void {
    return this.#connection.bulk(next)
  }

  #request<N extends keyof ClientBodies, R>(
    name: N,
    body: ClientBodies[N],
    took: (reply: R) => void,
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      const failed = (error: WireError) => reject(new RequestError(error))
      if (!this.#connection.online) return failed(offline())
      this.#connection.ask(
        name,
        body,
        (reply: R) => {
          took(reply)
          resolve(reply)
        },
        failed,
      )
    })
  }

  #identified(identified: Identified): void {
    const former = this.me?.id
    this.#connection.session.identified(identified)
    if (former === undefined || former === identified.visitor) return
    this.#starter.lost()
    this.#switched(former, identified.conversation)
    this.#connection.drop()
    if (this.#connection.online) this.#begin(identified.conversation, [])
  }

  /** None of what was followed, typed, read or left unsent is this session's any more. */
  #switched(former: ParticipantId, conversation: Summary | undefined): void {
    const { me } = this
    this.#follows.clear()
    this.#reading.clear()
    this.#typing.forget()
    this.#outbox.switched()
    if (me) this.#events.emit('switched', { former, me, ...(conversation && { conversation }) })
  }

  /** Online as somebody: a replay of their `open` conversation comes, and one for each cursor of the hello. */
  #begin(open: Summary | undefined, resumed: Cursor[], welcome?: Welcome): void {
    this.#follows.welcomed(resumed, open?.conversation)
    if (welcome) this.#events.emit('welcome', welcome)
    const { me, welcome: latest } = this
    // A handler may have closed the client.
    if (!this.#connection.online || !me || !latest) return
    this.#outbox.welcomed(me.id, latest.limits)
    this.#starter.welcomed(open !== undefined)
    this.#reading.flush()
  }

  #received(name: keyof ServerBodies, body: unknown): void {
    if (name === 'ping') {
      for (const { conversation, head } of (body as Ping).heads ?? []) this.#follows.head(conversation, head)
    } else if (name === 'gone') this.#gone((body as Gone).conversation)
    else if (!NOT_TOLD.includes(name)) this.#told(name as keyof ClientEvents, body)
  }

  /** A frame that is an event too, if anybody listens. */
  #told(name: keyof ClientEvents, body: unknown): void {
    if (name === 'entry') this.#follows.entry(body as Entry)
    else if (name === 'throttle') this.#connection.hold((body as Throttle).retry_ms)
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

  /** Nothing is left of a conversation, and nothing can be said in it. */
  #gone(conversation: ConversationId): void {
    this.#follows.gone(conversation)
    this.#typing.forget(conversation)
    this.#reading.clear(conversation)
    this.#outbox.gone(conversation)
    this.#events.emit('gone', { conversation })
  }

  /** An error that no request waited for. */
  #failed(ref: number, error: WireError): void {
    if (this.#outbox.refusedLate(ref, error)) return
    if (error.upload !== undefined) this.#events.emit('upload_error', error)
    else if (error.conversation !== undefined) this.#follows.failed(error.conversation, error)
    else this.#events.emit('error', error)
  }

  /** An error that nobody waits for. That the connection went is told as its state. */
  #tell(error: WireError): void {
    if (this.#connection.online) this.#events.emit('error', error)
  }

  #settled({ sender, client_id }: Stored | Entry): void {
    this.#outbox.stored(sender.id, client_id)
  }

  #lost(): void {
    this.#follows.lost()
    this.#outbox.lost()
    this.#starter.lost()
    this.#typing.forget()
    this.#reading.lost()
  }
}
