import type { Clock } from './clock.ts'
import type { ConversationId } from './wire.ts'

/** The shortest time between two `typing` frames that say the same, in milliseconds. */
export const TYPING_MS = 3_000
/** For how long progress in reading is gathered before it is sent, in milliseconds. */
export const READ_MS = 300
/** For how long after it was sent a lost connection may have taken a frame with it, in milliseconds. */
const DOUBT_MS = 60_000

/** Throttles what keystrokes tell: `on` at most every 3 s, `off` at once and only after an `on`. */
export class Typing {
  readonly #clock: Clock
  readonly #send: (conversation: ConversationId, on: boolean) => void
  readonly #toldAt = new Map<ConversationId, number>()

  constructor(clock: Clock, send: (conversation: ConversationId, on: boolean) => void) {
    this.#clock = clock
    this.#send = send
  }

  set(conversation: ConversationId, on: boolean): void {
    const toldAt = this.#toldAt.get(conversation)
    const now = this.#clock.now()
    if (on ? toldAt !== undefined && now - toldAt < TYPING_MS : toldAt === undefined) return
    if (on) this.#toldAt.set(conversation, now)
    else this.#toldAt.delete(conversation)
    this.#send(conversation, on)
  }

  /** An entry was sent, which ends typing for those who see it; or the connection is gone. */
  forget(conversation?: ConversationId): void {
    if (conversation === undefined) this.#toldAt.clear()
    else this.#toldAt.delete(conversation)
  }
}

/** Gathers how far somebody has read: only forward, and one frame per conversation and interval. */
export class Reading {
  readonly #clock: Clock
  readonly #send: (conversation: ConversationId, seq: number) => boolean
  readonly #read = new Map<ConversationId, { seq: number; sentAt: number | undefined }>()
  #wait: (() => void) | undefined

  /** `send` returns false if there is no connection. */
  constructor(clock: Clock, send: (conversation: ConversationId, seq: number) => boolean) {
    this.#clock = clock
    this.#send = send
  }

  /** Whether this is progress. */
  set(conversation: ConversationId, seq: number): boolean {
    if (seq <= (this.#read.get(conversation)?.seq ?? 0)) return false
    this.#read.set(conversation, { seq, sentAt: undefined })
    this.#wait ??= this.#clock.after(READ_MS, () => this.flush())
    return true
  }

  /** Sends what was not sent yet. */
  flush(): void {
    this.#wait?.()
    this.#wait = undefined
    for (const [conversation, read] of this.#read) {
      if (read.sentAt === undefined && this.#send(conversation, read.seq)) read.sentAt = this.#clock.now()
    }
  }

  /** The connection is gone, and maybe with it what was sent last. */
  lost(): void {
    for (const read of this.#read.values()) {
      if (this.#clock.now() - (read.sentAt ?? 0) < DOUBT_MS) read.sentAt = undefined
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#wait?.()
    this.#wait = undefined
    this.#read.clear()
  }
}
