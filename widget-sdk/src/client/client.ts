import type { Clock } from './clock.ts'
import type { OutboxChange, OutboxEntry } from './outbox.ts'
import type { SocketConstructor } from './socket.ts'
import type { KeyValue } from './storage.ts'
import type { WakeTarget } from './wake.ts'
import type {
  ClientBodies,
  Content,
  ConversationId,
  Hello,
  HistoryPage,
  Participant,
  ServerBodies,
  Start,
  Started,
  Welcome,
  WireError,
} from './wire.ts'

/**
 * `idle`: `connect` was not called. `connecting`: never online yet. `reconnecting`: was online, and tries to be again.
 * `closed`: refused for good (see `refusal`), or `close` was called.
 */
export type ConnectionState = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'closed'

/** Why the gateway will not have this client. */
export interface Refusal {
  /** The WebSocket close code, 4500–4999 (see `CloseCode`). */
  readonly code: number
  /** The gateway's word for it. */
  readonly reason: string
  /** The error that answered `hello`, if that was it. */
  readonly error?: WireError
}

/** What `hello` says of this client; the client itself adds token, cursors and features. */
export type Introduction = Omit<Hello, 'token' | 'resume' | 'features'>

export interface ClientOptions {
  /** The gateway's address: `wss://…/ws`. */
  url: string
  /** Asked before each `hello`, so that the page's address is current. */
  hello: () => Introduction
  /** Begins every key in `storage`: one per widget key, or per console. */
  storageKey: string
  /** Where token, outbox and an unfinished start survive a reload. Default: memory. */
  storage?: KeyValue
  /** Default: the global one. */
  WebSocket?: SocketConstructor
  /** Tells when the machine woke or its network came back; in browsers, `window`. */
  wake?: WakeTarget
  /** Default: the machine's. */
  clock?: Clock
}

/** The events of a client and what their handlers are given. Frames are given as they came, in order. */
export interface ClientEvents {
  /** The connection's state changed. */
  state: ConnectionState
  /** `hello` was answered; comes after each reconnect too, and before the replays. */
  welcome: Welcome
  /** A conversation was started; comes before its replay. */
  started: Started
  entry: ServerBodies['entry']
  stored: ServerBodies['stored']
  replay: ServerBodies['replay']
  routed: ServerBodies['routed']
  /** Somebody read; one's own `read` calls are told too, at once. */
  read_by: ServerBodies['read_by']
  typing_by: ServerBodies['typing_by']
  availability: ServerBodies['availability']
  summary: ServerBodies['summary']
  /** An entry came into the outbox, changed in it, or left it. */
  outbox: OutboxChange
  /** An error that no request's promise tells: a push, or a retryable one that the client itself retries. */
  error: WireError
}

/** The requests that have one reply each, and its name. */
interface ReplyNames {
  ping: 'pong'
  start: 'started'
  send: 'routed'
  unfollow: 'ok'
  history: 'history_page'
  inbox: 'inbox_page'
}
export type RequestName = keyof ReplyNames
export type Reply<N extends RequestName> = ServerBodies[ReplyNames[N]]

/**
 * A client of one gateway: one socket, kept alive, resumed by cursor; an outbox that survives it.
 * It has no view state: see `openLog` and `openInbox` in `state`.
 */
export declare class Client {
  constructor(options: ClientOptions)

  readonly state: ConnectionState
  /** Set when `state` is `closed` because the gateway refused. */
  readonly refusal: Refusal | undefined
  /** The latest answer to `hello`. */
  readonly welcome: Welcome | undefined
  /** Who this client speaks for; known from the first welcome on. */
  readonly me: Participant | undefined

  /** Connects, and stays connected until `close` or a refusal. Calling it again after either tries again. */
  connect(): void
  /** Closes for good: requests fail, timers end. The outbox stays in storage. */
  close(): void
  /** Checks at once whether the connection is alive, and skips any wait for the next attempt. */
  probe(): void
  /** Uses this token from the next `hello` on; for clients that log in without a cookie. Not kept in storage. */
  setToken(token: string): void
  /** Closes and forgets the session: token, unfinished start, outbox. `connect` then begins as somebody new. */
  forget(): void

  /** Calls `handler` at each such event, until the returned function is called. */
  on<E extends keyof ClientEvents>(event: E, handler: (body: ClientEvents[E]) => void): () => void

  /**
   * Asks, and resolves with the reply. Rejects with a `RequestError`: the gateway's, or a retryable `unavailable` when
   * there is no connection or it goes before the reply came.
   */
  request<N extends RequestName>(name: N, body: ClientBodies[N]): Promise<Reply<N>>

  /**
   * Starts a conversation, once: the attempt keeps its `client_id`, over reconnects and reloads, until it succeeds.
   * Retryable errors are retried (and told as `error`). Rejects with a `RequestError` that is not retryable, or when the
   * client is closed. Called again meanwhile, it returns the same promise.
   */
  start(input: Omit<Start, 'client_id'>): Promise<Started>

  /** Puts an entry into the outbox and sends it as soon as it can. Returns its `client_id`. */
  send(conversation: ConversationId, content: Content): string
  /** Sends a failed entry again. */
  retry(client_id: string): void
  /** Takes a failed entry out of the outbox. */
  discard(client_id: string): void
  /** One's own entries that are not stored yet, in order; of one conversation or of all. */
  outbox(conversation?: ConversationId): readonly OutboxEntry[]

  /** Tells that this side is typing (as often as keys are pressed: it is throttled), or stopped. */
  typing(conversation: ConversationId, on: boolean): void
  /** Tells that everything up to `seq` has been seen. Call it freely: only progress is sent, and coalesced. */
  read(conversation: ConversationId, seq: number): void

  /** Follows a conversation from now on, over reconnects: its replay comes, then live pushes. */
  follow(conversation: ConversationId): void
  /** Stops following. */
  unfollow(conversation: ConversationId): void
  /** The last seq up to which every entry came, or undefined before the first page of a replay. */
  cursor(conversation: ConversationId): number | undefined
  /** A page of entries older than `before`. Rejects like `request`. */
  older(conversation: ConversationId, before: number): Promise<HistoryPage>
}
