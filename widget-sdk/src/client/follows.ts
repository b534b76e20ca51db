import { backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { LogCursor } from './cursor.ts'
import type { ConversationId, Cursor, Entry, Replay, Stored, WireError } from './wire.ts'

/** Most replays that are asked for at once, but for those that somebody waits to see. */
export const ASKS_AT_ONCE = 8
/** How long the gateway may leave a replay without a page before it is asked again, in milliseconds. */
export const REPLAY_MS = 15_000
/** The shortest time between two requests for what is missing of one log, in milliseconds. */
export const GAP_MS = 1_000
/** After how many replays in a row that did not bring what is missing the log is asked for anew. */
export const FUTILE_REPLAYS = 3

/** What following needs of the client. */
export interface FollowsLink {
  /** Sends `follow`. */
  follow(cursor: Cursor, failed: (error: WireError) => void): void
  /** Sends `unfollow`. */
  unfollow(conversation: ConversationId): void
  /** A conversation's replay has ended: everything that the gateway held was told. */
  caughtUp(conversation: ConversationId): void
  /** The gateway will not let this conversation be followed. */
  refused(conversation: ConversationId, error: WireError): void
}

interface Followed {
  log: LogCursor
  /** `follow` was called, or the gateway follows it by itself. */
  wanted: boolean
  /** The outbox holds entries for it. */
  sending: boolean
  /** A replay was asked for on this connection and has not ended. */
  replaying: boolean
  /** A replay has ended on this connection. */
  caughtUp: boolean
  /** Forget the log before the next replay. */
  anew: boolean
  /** Replays in a row that left something missing. */
  futile: number
  /** Refusals in a row that were not final. */
  failures: number
  askedAt: number
  wait: (() => void) | undefined
}

/** The followed conversations: resumes each by its cursor, notices what is missing and asks for it. */
export class Follows {
  readonly #clock: Clock
  readonly #link: FollowsLink
  readonly #followed = new Map<ConversationId, Followed>()
  #online = false
  /** Whose replays were asked for and have not ended; those of a hello are not among them. */
  readonly #asked = new Set<ConversationId>()
  /** Whose replays are to be asked for, once others have ended. */
  readonly #queue = new Set<ConversationId>()
  /** How many pages came. */
  #pages = 0

  constructor(clock: Clock, link: FollowsLink) {
    this.#clock = clock
    this.#link = link
  }

  /** Follows a conversation; with `anew`, what came of it already comes again, from its latest page on. */
  follow(conversation: ConversationId, anew: boolean): void {
    const followed = this.#followed.get(conversation)
    if (!followed) {
      this.#add(conversation).wanted = true
      this.#ask(conversation, true)
      return
    }
    followed.wanted = true
    // A replay on its way continues what came already, unless nothing did.
    if (anew && followed.log.seq !== undefined) {
      followed.anew = true
      this.#ask(conversation, true)
    }
  }

  unfollow(conversation: ConversationId): void {
    const followed = this.#followed.get(conversation)
    if (followed) followed.wanted = false
    this.#release(conversation)
  }

  /** A conversation is there no longer, and nobody follows it. */
  gone(conversation: ConversationId): void {
    const followed = this.#followed.get(conversation)
    if (followed) this.#forget(conversation, followed)
  }

  /** Follows a conversation for as long as the outbox holds entries for it. */
  sending(conversation: ConversationId, sending: boolean): void {
    const known = this.#followed.get(conversation)
    if (!known && !sending) return
    const followed = known ?? this.#add(conversation)
    followed.sending = sending
    if (!known) this.#ask(conversation, true)
    if (!sending) this.#release(conversation)
  }

  /** Whether a conversation's replay has ended on this connection. */
  caughtUp(conversation: ConversationId): boolean {
    return this.#followed.get(conversation)?.caughtUp ?? false
  }

  /** The cursors for the next hello, which takes at most so many; the others are followed behind the welcome. */
  resume(most: number): Cursor[] {
    const first = [...this.#followed].slice(0, most)
    return first.map(([conversation, followed]) => cursorOf(conversation, followed))
  }

  /** None of the conversations is this session's. */
  clear(): void {
    this.lost()
    this.#followed.clear()
  }

  /** Online again: replays come for what hello `resumed`, and for the visitor's `open` conversation. */
  welcomed(resumed: Cursor[], open: ConversationId | undefined): void {
    this.#online = true
    if (open) this.#expect(open)
    for (const { conversation } of resumed)
      if (this.#followed.has(conversation)) this.#expect(conversation, false)
    for (const conversation of this.#followed.keys()) this.#ask(conversation)
  }

  /** A conversation was started: its replay comes by itself. */
  started(conversation: ConversationId): void {
    this.#expect(conversation)
  }

  lost(): void {
    this.#online = false
    this.#asked.clear()
    this.#queue.clear()
    for (const followed of this.#followed.values()) {
      followed.wait?.()
      followed.wait = undefined
      followed.replaying = followed.caughtUp = false
      followed.futile = followed.failures = 0
      if (followed.anew) reset(followed)
      followed.log.lost()
    }
  }

  entry(entry: Entry): void {
    this.#followed.get(entry.conversation)?.log.entry(entry)
    this.#missed(entry.conversation)
  }

  /** `own`: the outbox holds it. */
  stored(stored: Stored, own: boolean): void {
    this.#followed.get(stored.conversation)?.log.stored(stored, own)
    this.#missed(stored.conversation)
  }

  /** A summary or a ping told how long a log is; its newest entries may still be on their way, so it waits before it asks. */
  head(conversation: ConversationId, head: number): void {
    const followed = this.#followed.get(conversation)
    followed?.log.exists(head)
    if (followed?.log.behind) this.#later(conversation, followed)
  }

  replay(page: Replay): void {
    const { conversation } = page.summary
    const followed = this.#followed.get(conversation)
    if (!followed) return
    this.#pages++
    followed.log.replay(page)
    if (page.more) {
      this.#await(conversation, followed)
      return
    }
    followed.wait?.()
    followed.wait = undefined
    followed.replaying = false
    followed.caughtUp = true
    followed.failures = 0
    this.#answered(conversation)
    if (followed.anew) this.#ask(conversation, true)
    else if (followed.log.behind) this.#later(conversation, followed)
    else followed.futile = 0
    this.#link.caughtUp(conversation)
  }

  /** The gateway could not follow or resume this one. */
  failed(conversation: ConversationId, error: WireError): void {
    const followed = this.#followed.get(conversation)
    if (!followed || !this.#online) return
    followed.replaying = false
    this.#answered(conversation)
    if (!error.retryable) {
      this.#forget(conversation, followed)
      this.#link.refused(conversation, error)
      return
    }
    const wait = Math.max(error.retry_ms, backoff(followed.failures++, this.#clock.random))
    this.#wait(followed, wait, () => this.#ask(conversation))
  }

  #add(conversation: ConversationId): Followed {
    const followed: Followed = {
      log: new LogCursor(),
      wanted: false,
      sending: false,
      replaying: false,
      caughtUp: false,
      anew: false,
      futile: 0,
      failures: 0,
      askedAt: 0,
      wait: undefined,
    }
    this.#followed.set(conversation, followed)
    return followed
  }

  #release(conversation: ConversationId): void {
    const followed = this.#followed.get(conversation)
    if (!followed || followed.wanted || followed.sending) return
    this.#forget(conversation, followed)
    if (this.#online) this.#link.unfollow(conversation)
  }

  #forget(conversation: ConversationId, followed: Followed): void {
    followed.wait?.()
    this.#followed.delete(conversation)
    this.#queue.delete(conversation)
    this.#answered(conversation)
  }

  /** The gateway sends a replay without being asked. */
  #expect(conversation: ConversationId, wanted = true): void {
    const followed = this.#followed.get(conversation) ?? this.#add(conversation)
    followed.wanted ||= wanted
    followed.replaying = true
    followed.askedAt = this.#clock.now()
    this.#await(conversation, followed)
  }

  /** Asks for what is missing; not at once if others were asked for and nobody waits to see this one. */
  #ask(conversation: ConversationId, urgent = false): void {
    const followed = this.#followed.get(conversation)
    if (!followed || !this.#online || followed.replaying) return
    if (!urgent && this.#asked.size >= ASKS_AT_ONCE) {
      this.#queue.add(conversation)
      return
    }
    if (followed.anew || followed.futile >= FUTILE_REPLAYS) reset(followed)
    this.#queue.delete(conversation)
    this.#asked.add(conversation)
    this.#expect(conversation, false)
    this.#link.follow(cursorOf(conversation, followed), error => {
      if (this.#followed.get(conversation) === followed) this.failed(conversation, error)
    })
  }

  /** A replay that was asked for has ended: the next one may begin. */
  #answered(conversation: ConversationId): void {
    if (!this.#asked.delete(conversation)) return
    for (const next of this.#queue) {
      if (this.#asked.size >= ASKS_AT_ONCE) return
      this.#queue.delete(next)
      const followed = this.#followed.get(next)
      if (followed && (!followed.caughtUp || followed.log.behind)) this.#ask(next)
    }
  }

  #missed(conversation: ConversationId): void {
    const followed = this.#followed.get(conversation)
    if (!followed?.log.behind || followed.replaying || followed.wait) return
    if (this.#clock.now() - followed.askedAt >= GAP_MS) this.#ask(conversation)
    else this.#later(conversation, followed)
  }

  #later(conversation: ConversationId, followed: Followed): void {
    if (followed.wait || this.#queue.has(conversation)) return
    // Only what is known now: in a lively conversation there is always something newer still on its way.
    const { head } = followed.log
    this.#wait(followed, GAP_MS + backoff(followed.futile, this.#clock.random), () => {
      const { seq } = followed.log
      if (seq !== undefined && seq < head) {
        followed.futile++
        this.#ask(conversation)
        return
      }
      followed.futile = 0
      if (followed.log.behind) this.#later(conversation, followed)
    })
  }

  /** Asks again if the gateway says nothing for too long; of a hello's many replays it sends one after the other. */
  #await(conversation: ConversationId, followed: Followed): void {
    const pages = this.#pages
    this.#wait(followed, REPLAY_MS, () => {
      if (this.#pages !== pages && !this.#asked.has(conversation)) {
        this.#await(conversation, followed)
        return
      }
      followed.replaying = false
      this.#asked.delete(conversation)
      this.#ask(conversation)
    })
  }

  #wait(followed: Followed, ms: number, then: () => void): void {
    followed.wait?.()
    followed.wait = this.#clock.after(ms, () => {
      followed.wait = undefined
      then()
    })
  }
}

function reset(followed: Followed): void {
  followed.log.reset()
  followed.anew = false
}

function cursorOf(conversation: ConversationId, { log }: Followed): Cursor {
  return log.seq === undefined ? { conversation } : { conversation, cursor: log.seq }
}
