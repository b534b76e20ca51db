import type { ConversationId, Entry, Participant, ReadReceipt, Summary, WireError } from '../client/index.ts'

/**
 * `sending`: one's own, not taken yet. `routed`: taken and passed on, not stored. `stored`: has its place for good
 * (show "sent"). `failed`: one's own, refused; see `error`.
 */
export type ItemStatus = 'sending' | 'routed' | 'stored' | 'failed'

/** An entry as it is shown. Immutable; an item that did not change stays the same object. */
export interface LogItem {
  /** Stays the same from the first keystroke's `sending` to `stored`: use it as the element's key. */
  readonly key: string
  /** While `sending` its `id` is empty and `at` is this machine's time; while not `stored` it has no `seq`. */
  readonly entry: Entry
  readonly status: ItemStatus
  /** Why it failed. */
  readonly error?: WireError
  /** Whether this client's own visitor or member wrote it (maybe in another tab). */
  readonly mine: boolean
}

/** A conversation's log as a view. Immutable: a change makes a new one. */
export interface LogView {
  readonly conversation: ConversationId
  /** What there is to show (texts, notes, changes of status): stored entries by seq, then those that are not yet. */
  readonly items: readonly LogItem[]
  /** The conversation as the last replay told it. */
  readonly summary: Summary | undefined
  /** Whether the newest entries have come once. */
  readonly ready: boolean
  /** Whether there are entries before the first one held: `older()` brings them. */
  readonly hasOlder: boolean
  /** The highest seq held: what to give to `client.read` when the end of the log is on the screen. 0: nothing yet. */
  readonly head: number
  /** How far each participant has read. */
  readonly read: readonly ReadReceipt[]
  /** How far the visitor has read. */
  readonly visitorRead: number
  /** How far any agent has read. */
  readonly agentRead: number
  /** Stored texts that the other side wrote and one's own side has not read. */
  readonly unread: number
  /** Who is typing, but for oneself. */
  readonly typing: readonly Participant[]
}
