import type { Content, ConversationId, EntryId, WireError } from './wire.ts'

/** `sending`: not taken yet. `routed`: taken and passed on, not stored. `failed`: refused for good, see `error`. */
export type OutboxStatus = 'sending' | 'routed' | 'failed'

/** An entry of one's own that is not stored yet. Immutable: a change makes a new one. */
export interface OutboxEntry {
  /** The idempotency key; ones made later sort later. */
  readonly client_id: string
  readonly conversation: ConversationId
  readonly content: Content
  /** When it was written, by this machine's clock, in milliseconds since 1970. */
  readonly at: number
  readonly status: OutboxStatus
  /** The gateway's id, once routed. */
  readonly id?: EntryId
  /** Why it failed. */
  readonly error?: WireError
}

/** An entry came into the outbox, changed in it, or left it. */
export interface OutboxChange {
  readonly entry: OutboxEntry
  /** Why it left; absent while it is there. */
  readonly gone?: 'stored' | 'discarded'
}
