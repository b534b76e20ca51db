import type { Clock } from './clock.ts'
import { cut } from './cut.ts'
import type { ConversationId, Typing as TypingBody } from './wire.ts'

/** The shortest time between two `typing` frames that say the same, in milliseconds. */
export const TYPING_MS = 3_000
/** The shortest time between two drafts that are told, in milliseconds. */
export const DRAFT_MS = 1_000
/** For how long progress in reading is gathered before it is sent, in milliseconds. */
export const READ_MS = 300
/** For how long after it was sent a lost connection may have taken a frame with it, in milliseconds. */
const DOUBT_MS = 60_000

/** Throttles what keystrokes tell: `on` at most every 3 s, a draft every second, `off` at once and only after an `on`. */
export class Typing {
  readonly #clock: Clock
  readonly #send: (body: TypingBody) => void
  readonly #told = new Map<ConversationId, Told>()

  constructor(clock: Clock, send: (body: TypingBody) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** `draft` is what stands in the field, where others may see it. */
  set(conversation: ConversationId, on: boolean, draft?: string): void {
    const told = this.#told.get(conversation)
    if (!on) {
      if (!told) return
      this.forget(conversation)
      this.#send({ conversation, on })
      return
    }
    const fresh = draft !== told?.draft
    const left = told ? told.at + (fresh ? DRAFT_MS : TYPING_MS) - this.#clock.now() : 0
    if (told && left > 0) {
      told.latest = draft
      // The last letters are told too, though no key follows them.
      if (fresh) told.wait ??= this.#clock.after(left, () => this.#tell(conversation, told.latest))
    } else this.#tell(conversation, draft)
  }

  /** An entry was sent, which ends typing for those who see it; or the connection is gone. */
  forget(conversation?: ConversationId): void {
    for (const [one, told] of [...this.#told]) {
      if (conversation !== undefined && one !== conversation) continue
      told.wait?.()
      this.#told.delete(one)
    }
  }

  #tell(conversation: ConversationId, draft: string | undefined): void {
    this.forget(conversation)
    this.#told.set(conversation, { at: this.#clock.now(), draft, latest: draft, wait: undefined })
    this.#send({ conversation, on: true, ...(draft && { draft: cut(draft) }) })
  }
}

/** What others know of one's typing. */
interface Told {
  at: number
  draft: string | undefined
  /** The draft as it is by now. */
  latest: string | undefined
  wait: (() => void) | undefined
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

  /** Forgets all, or how far one conversation was read. */
  clear(conversation?: ConversationId): void {
    if (conversation !== undefined) {
      this.#read.delete(conversation)
      return
    }
    this.#wait?.()
    this.#wait = undefined
    this.#read.clear()
  }
}
