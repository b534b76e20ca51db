import type { Clock } from './clock.ts'
import { joined } from './codec.ts'
import type { SocketLike } from './socket.ts'
import { FRAME_BYTES } from './wire.ts'

/** How much the connection may hold unsent for a bulk frame to follow, in bytes: about one of them. */
export const BULK_BUFFERED = 16 * 1024
/** How often a connection that is full is looked at again, in milliseconds. */
export const BULK_MS = 10

type Bytes = Uint8Array<ArrayBuffer>

/**
 * What goes out on one connection after another. Frames of one tick leave as one message; bulk (parts of files) leaves a
 * frame at a time, and only while nothing else waits, so that a message never stands behind more than what is on its way.
 */
export class Outflow {
  readonly #clock: Clock
  #socket: SocketLike | undefined
  #welcomed = false
  #most = FRAME_BYTES
  #queue: Bytes[] = []
  /** Asked for the next bulk frame, if there is one. */
  bulk: (() => Bytes | undefined) | undefined
  #pumping = false
  #look: (() => void) | undefined
  #heldUntil = 0
  #release: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  connected(socket: SocketLike): void {
    this.#socket = socket
    this.#welcomed = false
  }

  /** `hello` was answered: messages may have `most` bytes, and bulk may go. */
  welcomed(most: number): void {
    this.#welcomed = true
    this.#most = Math.min(most, FRAME_BYTES)
  }

  /** The connection is gone, and with it what was not sent. */
  lost(): void {
    this.#socket = undefined
    this.#queue = []
    this.#heldUntil = 0
    this.#release?.()
    this.#release = undefined
    this.#look?.()
    this.#look = undefined
  }

  /** For how many more milliseconds frames wait because the gateway wants none; 0 if they do not. */
  get held(): number {
    return this.#release ? Math.max(0, this.#heldUntil - this.#clock.now()) : 0
  }

  hold(ms: number): void {
    const until = this.#clock.now() + ms
    if (this.#release && until <= this.#heldUntil) return
    this.#heldUntil = until
    this.#release?.()
    this.#release = this.#clock.after(ms, () => {
      this.#release = undefined
      this.flush()
      this.pump()
    })
  }

  send(frame: Bytes): void {
    if (this.#queue.push(frame) === 1) queueMicrotask(() => this.flush())
  }

  /** Sends what waits, unless the gateway does not want it now. */
  flush(): void {
    if (this.#release) return
    let message: Bytes[] = []
    let size = 0
    const send = () => this.#socket?.send(joined(message, size))
    for (const frame of this.#queue.splice(0)) {
      if (size > 0 && size + frame.length > this.#most) {
        send()
        message = []
        size = 0
      }
      message.push(frame)
      size += frame.length
    }
    if (size > 0) send()
  }

  /** There may be bulk to send: at the end of this tick. */
  pump(): void {
    if (!this.bulk || this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      this.#trickle()
    })
  }

  #trickle(): void {
    this.flush()
    if (!this.#welcomed || this.#release) return
    while (this.#socket) {
      if (this.#socket.bufferedAmount > BULK_BUFFERED) {
        // No event tells that the connection has room again.
        this.#look ??= this.#clock.after(BULK_MS, () => {
          this.#look = undefined
          this.pump()
        })
        return
      }
      const frame = this.bulk?.()
      if (!frame) return
      this.#socket.send(frame)
    }
  }
}
