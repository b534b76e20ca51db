import { backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { CodecError, decodeFrames, encodeFrame, type Frame } from './codec.ts'
import { Outflow } from './outflow.ts'
import { ClientOp, CloseCode, type Goaway, type Limits, ServerOp, SUBPROTOCOL } from './wire.ts'

/** The part of `WebSocket` that the client uses. */
export type SocketLike = Pick<
  WebSocket,
  'binaryType' | 'bufferedAmount' | 'onopen' | 'onmessage' | 'onclose' | 'onerror' | 'send' | 'close'
>

/** A `WebSocket` class: the browser's own, or one of Node's packages. */
export type SocketConstructor = new (url: string, protocols: string) => SocketLike

/** How long an attempt may take, from dialing to `welcome`, in milliseconds. */
export const CONNECT_MS = 15_000
/** How long a probed connection has to say anything, in milliseconds. */
export const PROBE_MS = 5_000
/** How long a connection must live after its `welcome` for the backoff to begin anew, in milliseconds. */
export const STEADY_MS = 10_000
/** How long a client stays away at least that was closed for sending too much, in milliseconds; at most twice that. */
export const PENALTY_MS = 10_000

/** Below 4500 a close code means: connect again. From here on: do not. */
const REFUSING_FROM = 4500
const REFUSING_TO = 4999

/** What a text message counts as: the one byte that begins no value. This protocol has binary messages only. */
const TEXT_MESSAGE = new Uint8Array([0xc1])

/** What a socket tells its owner. */
export interface SocketEvents {
  /** Connected: time for `hello`. */
  opened(): void
  /** A frame came that is not the socket's own business. */
  frame(frame: Frame): void
  /** The connection is gone, because of `fault` if its bytes were no frames; the next attempt comes by itself. */
  lost(fault?: CodecError): void
  /** The gateway closed with a code that says not to come again: whether to heed it, having closed the socket. */
  refused(code: number, reason: string): boolean
}

/**
 * One connection to a gateway after another: dials, keeps alive, and dials again with backoff. Frames of one tick leave
 * as one message.
 */
export class Socket {
  readonly #url: string
  readonly #Constructor: SocketConstructor
  readonly #clock: Clock
  readonly #events: SocketEvents
  #socket: SocketLike | undefined
  readonly #out: Outflow
  #attempt = 0
  #heardAt = 0
  #welcomedAt: number | undefined
  #silence = 0
  /** Ends the wait for the next attempt; after `goaway`, while the old connection still works. */
  #redial: (() => void) | undefined
  /** Before this time the gateway does not want to see this client again. */
  #notBefore = 0
  /** The time within the window of `goaway` at which this client comes again, also if it is closed before. */
  #away = 0
  #watch: (() => void) | undefined
  #probe: (() => void) | undefined

  constructor(url: string, Constructor: SocketConstructor, clock: Clock, events: SocketEvents) {
    this.#url = url
    this.#Constructor = Constructor
    this.#clock = clock
    this.#events = events
    this.#out = new Outflow(clock)
  }

  /** Dials now, unless there is a connection already. */
  connect(): void {
    this.#stopWaiting()
    if (this.#socket) return
    const socket = new this.#Constructor(this.#url, SUBPROTOCOL)
    this.#socket = socket
    this.#out.connected(socket)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#events.opened()
    socket.onmessage = event => this.#received(socket, event.data)
    // What an error means, `onclose` says. Node's sockets throw one that nobody listens for, even long after.
    socket.onerror = () => {}
    socket.onclose = event => {
      const { code, reason } = event
      const refusing = code >= REFUSING_FROM && code <= REFUSING_TO
      if (refusing && this.#events.refused(code, reason)) return
      if (code === CloseCode.RateLimited) this.drop(PENALTY_MS * (1 + this.#clock.random()))
      else this.drop(0, undefined, code === CloseCode.Identified)
    }
    this.#watch = this.#clock.after(CONNECT_MS, () => this.drop())
  }

  /** Ends the connection for good, after what was sent in this tick. */
  close(): void {
    this.#out.flush()
    this.#stopWaiting()
    this.#detach()
    this.#attempt = 0
  }

  /**
   * Gives the connection up and waits for the next attempt: the backoff's time, but at least `atLeast` ms; no time if it
   * is to come `atOnce`, unless the one before did not live for long either.
   */
  drop(atLeast = 0, fault?: CodecError, atOnce = false): void {
    if (this.#welcomedAt !== undefined && this.#clock.now() - this.#welcomedAt >= STEADY_MS) this.#attempt = 0
    this.#detach()
    this.#stopWaiting()
    const hurried = atOnce && this.#attempt === 0
    const wait = Math.max(
      atLeast,
      this.#away - this.#clock.now(),
      hurried ? 0 : backoff(this.#attempt, this.#clock.random),
    )
    this.#attempt++
    this.#notBefore = this.#clock.now() + atLeast
    this.#redial = this.#clock.after(wait, () => this.connect())
    this.#events.lost(fault)
  }

  /** Hangs up until the next `probe`, after what was sent in this tick; without one, until the backoff's time is over. */
  rest(): void {
    if (!this.#socket) return
    this.#out.flush()
    this.drop()
  }

  /** Is the gateway still there? Asks a live connection and replaces it if silent; cuts a wait of one's own short. */
  probe(): void {
    if (!this.#socket && this.#redial) {
      if (this.#clock.now() >= this.#notBefore) this.connect()
    } else if (this.#welcomedAt !== undefined && !this.#probe) {
      this.send(ClientOp.ping, 0, {})
      this.#probe = this.#clock.after(PROBE_MS + this.#out.held, () => this.#renew())
    }
  }

  /** The gateway answered `hello`: these bounds hold from here on. */
  welcomed(limits: Limits): void {
    this.#silence = limits.silence_ms
    this.#welcomedAt = this.#clock.now()
    this.#out.welcomed(limits.frame_bytes)
    this.#watchSilence()
  }

  /** Queues a frame for the end of this tick. Throws a `CodecError` if it breaks a bound. */
  send(op: number, ref: number, body: object): void {
    this.#out.send(encodeFrame(op, ref, body))
  }

  /** Whether frames wait because the gateway takes none for a while. */
  get held(): boolean {
    return this.#out.held > 0
  }

  /** The gateway takes no frames for so many milliseconds: they wait, but for answers to its pings. */
  hold(ms: number): void {
    this.#out.hold(ms)
  }

  /** Sends what `next` gives, one frame at a time, whenever nothing else waits and the connection has room. */
  bulk(next: () => Uint8Array<ArrayBuffer> | undefined): void {
    this.#out.bulk = next
  }

  /** There is something for `bulk` to send. */
  pump(): void {
    this.#out.pump()
  }

  #received(socket: SocketLike, data: unknown): void {
    this.#heardAt = this.#clock.now()
    this.#probe?.()
    this.#probe = undefined
    try {
      for (const frame of decodeFrames(typeof data === 'string' ? TEXT_MESSAGE : (data as ArrayBuffer))) {
        // A handler, or a frame before this one, may have ended this connection.
        if (this.#socket !== socket) return
        // Answered from here, not from a timer: browsers slow the timers of pages in the background down.
        if (frame.op === ServerOp.ping) socket.send(encodeFrame(ClientOp.pong, frame.ref, {}))
        if (frame.op === ServerOp.goaway) this.#goaway(frame.body as Goaway)
        else this.#events.frame(frame)
      }
      // The timers of pages in the background are slow: what may go out now goes with what came in.
      this.#out.pump()
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      this.drop(0, error)
    }
  }

  #goaway({ within_ms }: Goaway): void {
    if (this.#redial) return
    const wait = this.#clock.random() * within_ms
    this.#away = this.#clock.now() + wait
    this.#redial = this.#clock.after(wait, () => this.#renew())
  }

  #renew(): void {
    this.#detach()
    this.connect()
    this.#events.lost()
  }

  #watchSilence(): void {
    const heardAt = this.#heardAt
    this.#watch?.()
    // The machine's clock may be set meanwhile: it says how long to wait, not whether anything was heard.
    const left = Math.min(heardAt + this.#silence - this.#clock.now(), this.#silence)
    this.#watch = this.#clock.after(left, () => {
      if (this.#heardAt === heardAt) this.drop()
      else this.#watchSilence()
    })
  }

  #stopWaiting(): void {
    this.#redial?.()
    this.#redial = undefined
  }

  #detach(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#out.lost()
    this.#welcomedAt = undefined
    this.#watch?.()
    this.#probe?.()
    this.#probe = undefined
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }
}
