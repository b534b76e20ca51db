import type { Clock } from './clock.ts'
import { CodecError, encodeFrame, type Frame } from './codec.ts'
import { offline, refused } from './error.ts'
import { type ConnectionState, type Refusal, refusalOf } from './events.ts'
import type { ClientOptions } from './options.ts'
import { Requests } from './requests.ts'
import { Session } from './session.ts'
import { Socket } from './socket.ts'
import type { Store } from './storage.ts'
import { onWake, type WakeTarget } from './wake.ts'
import {
  type ClientBodies,
  ClientOp,
  CloseCode,
  type Cursor,
  type ParticipantId,
  type ServerBodies,
  ServerOp,
  type Welcome,
  type WireError,
} from './wire.ts'

const NAMES = new Map(
  Object.entries(ServerOp).map(([name, op]) => [op as number, name as keyof ServerBodies]),
)

/** What a connection tells the client. */
export interface ConnectionEvents {
  state(state: ConnectionState): void
  /** The cursors for the next hello. */
  resume(): Cursor[]
  /** The session stands for somebody else than `former`, whose logs are out of reach. */
  switched(former: ParticipantId): void
  /** Online; the hello named these cursors. */
  welcomed(welcome: Welcome, resumed: Cursor[]): void
  /** A frame came; if it answers a request, that is told behind it. */
  frame(name: keyof ServerBodies, body: unknown): void
  /** An error that belongs to no request that waits. */
  error(ref: number, error: WireError): void
  /** The connection is gone; another one comes, or does not. */
  lost(): void
  /** There will be none until `connect` is called. */
  ended(error: WireError): void
}

/** The session with the gateway, over one socket after another: says hello, matches replies to requests. */
export class Connection {
  readonly session: Session
  readonly #events: ConnectionEvents
  readonly #requests = new Requests()
  readonly #socket: Socket
  readonly #wake: WakeTarget | undefined
  #sleep: (() => void) | undefined
  /** A hello waits for its answer. */
  #greeting = false
  state: ConnectionState = 'idle'
  refusal: Refusal | undefined

  constructor(options: ClientOptions, store: Store, clock: Clock, events: ConnectionEvents) {
    this.#events = events
    this.#wake = options.wake
    this.session = new Session(options.hello, store)
    this.#socket = new Socket(options.url, options.WebSocket ?? WebSocket, clock, {
      opened: () => this.#hello(events.resume()),
      frame: frame => this.#received(frame),
      lost: fault => {
        if (fault) events.error(0, { ...refused('bad_frame', fault.message), retryable: true })
        this.#lost(this.session.welcome ? 'reconnecting' : 'connecting')
      },
      refused: (code, reason) => this.#closedWith(code, reason),
    })
  }

  get online(): boolean {
    return this.state === 'online'
  }

  connect(): void {
    if (this.state !== 'idle' && this.state !== 'closed') return
    this.refusal = undefined
    const rest = () => this.#socket.rest()
    this.#sleep = this.#wake && onWake(this.#wake, () => this.probe(), rest)
    this.#enter('connecting')
    this.#socket.connect()
  }

  close(): void {
    if (this.state === 'idle' || this.state === 'closed') return
    this.#socket.close()
    this.#ended()
  }

  probe(): void {
    this.#socket.probe()
  }

  /** Sends a request, and returns its number. */
  ask<N extends keyof ClientBodies>(
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
      this.#requests.failed(ref, refused('too_large', 'what was given is too large to be sent'))
    }
    return ref
  }

  /** Sends what wants no reply; false if there is no connection. */
  push<N extends keyof ClientBodies>(name: N, body: ClientBodies[N]): boolean {
    if (!this.online) return false
    this.#socket.send(ClientOp[name], 0, body)
    return true
  }

  /** Fails the requests that wait: their answers would be another visitor's. */
  drop(): void {
    this.#requests.lost()
  }

  /** Whether the gateway takes nothing for now. */
  get held(): boolean {
    return this.#socket.held
  }

  /** The gateway takes nothing for so many milliseconds. */
  hold(ms: number): void {
    this.#socket.hold(ms)
  }

  /** Sends these whenever nothing else waits; the returned function says that there is one. */
  bulk(next: () => ClientBodies['upload_chunk'] | undefined): () => void {
    this.#socket.bulk(() => {
      const body = next()
      return body && encodeFrame(ClientOp.upload_chunk, 0, body)
    })
    return () => this.#socket.pump()
  }

  #enter(state: ConnectionState): void {
    if (this.state === state) return
    this.state = state
    this.#events.state(state)
  }

  #hello(resume: Cursor[]): void {
    this.#greeting = true
    this.ask(
      'hello',
      this.session.hello(resume),
      (welcome: Welcome) => this.#welcomed(welcome, resume),
      error => {
        if (!this.#greeting) return
        if (error.retryable) this.#socket.drop(error.retry_ms)
        // Somebody new has nothing to resume.
        else if (error.code === 'unauthenticated' && this.session.tokenRefused()) this.#hello([])
        else this.#refused(refusalOf(error))
      },
    )
  }

  #welcomed(welcome: Welcome, resumed: Cursor[]): void {
    const former = this.session.me?.id
    this.#greeting = false
    this.session.welcomed(welcome)
    this.#socket.welcomed(welcome.limits)
    if (former !== undefined && former !== this.session.me?.id) this.#events.switched(former)
    this.#enter('online')
    // A handler may have closed the client.
    if (this.online) this.#events.welcomed(welcome, resumed)
  }

  #received({ op, ref, body }: Frame): void {
    const name = NAMES.get(op)
    // An op of a later version.
    if (!name) return
    if (name === 'error') {
      const error = body as WireError
      if (!this.#requests.failed(ref, error)) this.#events.error(ref, error)
      return
    }
    this.#events.frame(name, body)
    // A gateway's ping is numbered by the gateway. A replay may still fail behind its first page.
    const partial =
      name === 'ping' || (name === 'replay' && body.more) || (this.#greeting && name !== 'welcome')
    if (!partial) this.#requests.done(ref, body)
  }

  /** Whether it is final: a visitor whose session is over begins as somebody new. */
  #closedWith(code: number, reason: string): boolean {
    if (code === CloseCode.Unauthenticated && this.session.tokenRefused()) return false
    this.#refused({ code, reason })
    return true
  }

  #refused(refusal: Refusal): void {
    this.#socket.close()
    this.refusal = refusal
    this.#ended()
  }

  #ended(): void {
    this.#sleep?.()
    this.#sleep = undefined
    this.#lost('closed')
    this.#events.ended(this.refusal?.error ?? offline())
  }

  #lost(next: ConnectionState): void {
    this.#greeting = false
    this.#enter(next)
    this.#events.lost()
    this.#requests.lost()
  }
}
