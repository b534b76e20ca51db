import type { Source } from './source.ts'
import type { AttachmentId, ConversationId, UploadChunk, UploadOpen, WireError } from './wire.ts'

/**
 * `preparing`: its hash is being made. `waiting`: for a connection, for its turn, or for the gateway. `sending`: parts of
 * it go out. `done`: it is whole, and in the outbox as an entry. `failed`: for good, see `error`.
 */
export type UploadStatus = 'preparing' | 'waiting' | 'sending' | 'done' | 'failed' | 'cancelled'

/** A file on its way to the gateway. Immutable: a change makes a new one. */
export interface UploadView {
  /** The idempotency key; ones made later sort later. */
  readonly client_id: string
  readonly conversation: ConversationId
  readonly name: string
  /** Its media type, such as `image/png`. */
  readonly type: string
  /** Its length in bytes. */
  readonly size: number
  /** How many of its bytes the gateway has. */
  readonly received: number
  readonly status: UploadStatus
  /** Why it failed. */
  readonly error?: WireError
}

/** One upload: how far it is, and its next chunk. */
export class Upload {
  view: UploadView
  readonly source: Source
  /** Known once it is prepared. */
  sha256: string | undefined
  /** Stands for the `upload_open` of this connection, while that holds. */
  opening: object | undefined
  /** The gateway's name for it, while it is open on this connection. */
  id: AttachmentId | undefined
  /** Ends the wait for the next attempt. */
  wait: (() => void) | undefined
  /** Refusals since the gateway last took something. */
  failures = 0
  /** How often among these its chunks went astray. */
  strays = 0
  #next = 0
  #allowed = 0

  constructor(view: UploadView, source: Source) {
    this.view = view
    this.source = source
  }

  /** What opens it, once it is prepared. */
  get open(): UploadOpen | undefined {
    const { client_id, conversation, name, type, size } = this.view
    const { sha256 } = this
    return sha256 === undefined ? undefined : { conversation, client_id, name, size, type, sha256 }
  }

  /** The gateway has `offset` bytes and takes `credit` more. */
  opened(id: AttachmentId, offset: number, credit: number): void {
    this.id = id
    this.#next = offset
    this.#allowed = offset + credit
  }

  /** The gateway has more, and takes more. */
  credited(offset: number, credit: number): void {
    this.#allowed = Math.max(this.#allowed, offset + credit)
    if (offset > this.view.received) this.failures = this.strays = 0
  }

  /** It is not open on any connection. */
  close(): void {
    this.wait?.()
    this.wait = this.opening = this.id = undefined
  }

  /** The next chunk, of at most `most` bytes, if one may go; `read` is called when one can that was being read. */
  chunk(most: number, read: (well: boolean) => void): UploadChunk | undefined {
    const { id } = this
    const room = Math.min(this.#allowed, this.view.size) - this.#next
    const bytes = id && room > 0 ? this.source.take(this.#next, Math.min(room, most), read) : undefined
    if (!id || !bytes) return undefined
    const chunk = { upload: id, offset: this.#next, bytes }
    this.#next += bytes.length
    return chunk
  }
}
