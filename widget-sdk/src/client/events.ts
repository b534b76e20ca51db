import type { OutboxChange } from './outbox.ts'
import {
  CloseCode,
  type Participant,
  type ParticipantId,
  type ServerBodies,
  type Started,
  type Summary,
  type Welcome,
  type WireError,
} from './wire.ts'

/** Frames that are not told as they come: there are events of these names, but they are told later, or by others. */
export const NOT_TOLD: readonly (keyof ServerBodies)[] = ['welcome', 'started']

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

/** How a hello that is refused for good reads as a close code, and a close code as what the refusal is called. */
export const REFUSED_AS: Partial<Record<WireError['code'], number>> = {
  unauthenticated: CloseCode.Unauthenticated,
  origin_refused: CloseCode.OriginRefused,
  not_found: CloseCode.NoWidget,
}

/** What it means that a hello was answered with an error that is final. */
export function refusalOf(error: WireError): Refusal {
  return { code: REFUSED_AS[error.code] ?? CloseCode.BadFrame, reason: error.text, error }
}

/** The session stands for another visitor than before, because of an `identify` here or in another tab, or anew. */
export interface Switch {
  /** Who it stood for. Their cursors are forgotten, and what they left unsent waits in storage until they are back. */
  readonly former: ParticipantId
  /** Who it stands for. */
  readonly me: Participant
  /** Their open conversation; its replay follows. */
  readonly conversation?: Summary
}

/** The events of a client and what their handlers are given. Frames are given as they came, in order. */
export interface ClientEvents {
  /** The connection's state changed. */
  state: ConnectionState
  /** `hello` was answered; comes after each reconnect too, and before the replays. */
  welcome: Welcome
  /** This client speaks for another visitor: whatever shows the former one's logs has to let them go. Before `welcome`. */
  switched: Switch
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
  /** A conversation is not there any more, nor is what was to be sent to it: forget it. May be told twice. */
  gone: ServerBodies['gone']
  /** A colleague came, went, or chose otherwise. For agents. */
  presence: ServerBodies['presence']
  /** Who is on the site: after `watch`, and again after each reconnect. */
  visitors: ServerBodies['visitors']
  /** A visitor came to the site, or went to another page. After `watch`. */
  live_visitor: ServerBodies['live_visitor']
  /** A visitor left the site. After `watch`. */
  visitor_left: ServerBodies['visitor_left']
  /** The gateway takes nothing for a while; the client holds back what it has to say. */
  throttle: ServerBodies['throttle']
  /** An upload is open. For `Uploads`, as are the next three. */
  upload_ready: ServerBodies['upload_ready']
  /** An upload goes on. */
  upload_credit: ServerBodies['upload_credit']
  /** A file is whole. */
  upload_done: ServerBodies['upload_done']
  /** An upload is over on this connection; `upload` names it. */
  upload_error: WireError
  /** An entry came into the outbox, changed in it, or left it. */
  outbox: OutboxChange
  /** An error that no promise tells: a push, a `follow` refused, or a retryable one that the client itself retries. */
  error: WireError
}
