import type { OutboxChange } from './outbox.ts'
import { CloseCode, type ServerBodies, type Started, type Welcome, type WireError } from './wire.ts'

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

/** How a hello that is refused for good reads as a close code. */
const REFUSED_AS: Partial<Record<WireError['code'], number>> = {
  unauthenticated: CloseCode.Unauthenticated,
  origin_refused: CloseCode.OriginRefused,
  not_found: CloseCode.NoWidget,
}

/** What it means that a hello was answered with an error that is final. */
export function refusalOf(error: WireError): Refusal {
  return { code: REFUSED_AS[error.code] ?? CloseCode.BadFrame, reason: error.text, error }
}

/** The events of a client and what their handlers are given. Frames are given as they came, in order. */
export interface ClientEvents {
  /** The connection's state changed. */
  state: ConnectionState
  /** `hello` was answered; comes after each reconnect too, and before the replays. */
  welcome: Welcome
  /** A conversation was started; comes before its replay. */
  started: Started
  /** Somebody else's entry (or one's own, from another tab), pending or stored. */
  entry: ServerBodies['entry']
  /** An entry has its place in the log. */
  stored: ServerBodies['stored']
  /** A page of a log that is followed. */
  replay: ServerBodies['replay']
  /** One's own entry was taken. */
  routed: ServerBodies['routed']
  /** Somebody read; one's own `read` calls are told too, at once. */
  read_by: ServerBodies['read_by']
  /** Somebody is typing, or stopped. */
  typing_by: ServerBodies['typing_by']
  /** Agents came or went. For visitors. */
  availability: ServerBodies['availability']
  /** A conversation of the organization changed, or is new. For agents. */
  summary: ServerBodies['summary']
  /** An entry came into the outbox, changed in it, or left it. */
  outbox: OutboxChange
  /** An error that no promise tells: a push, a `follow` refused, or a retryable one that the client itself retries. */
  error: WireError
}
