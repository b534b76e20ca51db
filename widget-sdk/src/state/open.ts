import type { Client, ConversationId } from '../client/index.ts'
import type { LogView } from './log.ts'

/** A view that changes: `view` is the current snapshot, `subscribe` calls back with each new one. */
export interface Store<V> {
  readonly view: V
  /** Calls `handler` at each change (not at once), until the returned function is called. */
  subscribe(handler: (view: V) => void): () => void
}

/** A followed conversation's log. */
export interface LogStore extends Store<LogView> {
  /** Brings the next older page. Does nothing when there is none or one is on its way. Rejects like `client.older`. */
  older(): Promise<void>
  /** Stops following, once every `openLog` of this conversation is closed. */
  close(): void
}

/** Follows a conversation and keeps its view. Opening one twice shares one view. */
export declare function openLog(client: Client, conversation: ConversationId): LogStore
