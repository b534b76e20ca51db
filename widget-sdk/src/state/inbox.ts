import type { Client, ConversationStatus, Summary } from '../client/index.ts'
import type { Store } from './open.ts'

/** A row of the inbox. */
export interface InboxRow {
  readonly summary: Summary
  /** Entries that no agent has read. */
  readonly unread: number
}

/** The agents' list. Immutable: a change makes a new one. */
export interface InboxView {
  /** Newest first, by `updated_at`. */
  readonly rows: readonly InboxRow[]
  /** Whether the first page has come. */
  readonly ready: boolean
  /** Whether `more()` would bring further rows. */
  readonly hasMore: boolean
}

export interface InboxStore extends Store<InboxView> {
  /** Brings the next page. Does nothing when there is none or one is on its way. Rejects like `client.request`. */
  more(): Promise<void>
  close(): void
}

/** Keeps the inbox's view: pages as asked for, live changes, and what was missed after each reconnect. */
export declare function openInbox(client: Client, filter?: { status?: ConversationStatus }): InboxStore
