import { backoff } from './backoff.ts'
import type { Client } from './client.ts'
import { clientIds } from './client-id.ts'
import { type Clock, systemClock } from './clock.ts'
import { cut } from './cut.ts'
import { Emitter } from './emitter.ts'
import { RequestError, refused } from './error.ts'
import { type FileBytes, Source } from './source.ts'
import { Upload, type UploadView } from './upload.ts'
import {
  type ConversationId,
  type Limits,
  NAME_BYTES,
  type ParticipantId,
  UPLOAD_CHUNK_BYTES,
  type UploadChunk,
  type UploadCredit,
  type UploadDone,
  type UploadReady,
  type WireError,
} from './wire.ts'

/** A file to be sent. */
export interface NewUpload {
  bytes: FileBytes
  /** As the sender calls it, with or without a path. */
  name: string
  /** Its media type, such as `image/png`. */
  type: string
}

/** How often in a row chunks may go astray before that has failed. */
const ASTRAY = 5

const clients = new WeakMap<Client, Uploads>()

/** The uploads of a client, over its one connection. */
export function uploadsOf(client: Client, clock: Clock = systemClock): Uploads {
  const uploads = clients.get(client) ?? new Uploads(client, clock)
  clients.set(client, uploads)
  return uploads
}

/**
 * Files on their way: each is hashed, opened, sent within the gateway's credit, in turns with the others and behind
 * whatever else there is to send, and becomes an entry of its conversation. A lost connection goes on where it was; a
 * page that goes takes its uploads along.
 */
export class Uploads {
  readonly #client: Client
  readonly #clock: Clock
  readonly #newId: () => string
  readonly #events = new Emitter<{ change: UploadView }>()
  readonly #pump: () => void
  #uploads: Upload[] = []
  /** Whose they are. */
  #me: ParticipantId | undefined
  /** The one that sent the last chunk. */
  #last: Upload | undefined

  constructor(client: Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
    this.#me = client.me?.id
    this.#newId = clientIds(clock)
    this.#pump = client.bulk(() => this.#chunk())
    client.on('welcome', () => this.#welcomed())
    client.on('state', state => state !== 'online' && this.#lost())
    client.on('switched', () => this.#switched())
    client.on('upload_ready', ready => this.#ready(ready))
    client.on('upload_credit', credit => this.#credited(credit))
    client.on('upload_done', done => this.#done(done))
    client.on('upload_error', error => {
      const upload = this.#uploads.find(({ id }) => id !== undefined && id === error.upload)
      if (upload) this.#refused(upload, error)
    })
  }

  /** Sends a file to a conversation, as soon as it can. Returns its `client_id`. */
  add(conversation: ConversationId, { bytes, name, type }: NewUpload): string {
    const client_id = this.#newId()
    const source = new Source(bytes)
    const upload = new Upload(
      {
        client_id,
        conversation,
        name: nameOf(name),
        type: type.replace(/;.*/s, '').trim().toLowerCase(),
        size: source.size,
        received: 0,
        status: 'preparing',
      },
      source,
    )
    this.#uploads.push(upload)
    this.#events.emit('change', upload.view)
    if (this.#allowed(upload)) void this.#prepare(upload)
    return client_id
  }

  /** Gives an upload up, or takes a failed one off the list. What the gateway has of it is thrown away, if it can be told. */
  cancel(client_id: string): void {
    const upload = this.#find(client_id)
    if (!upload) return
    const { id } = upload
    this.#leave(upload, { ...upload.view, status: 'cancelled' })
    if (id !== undefined) this.#abort(id)
  }

  /** Tries one that has failed again, from the beginning or from what the gateway still has. */
  retry(client_id: string): void {
    const upload = this.#find(client_id)
    if (upload?.view.status !== 'failed') return
    const { error: _, ...view } = upload.view
    upload.failures = upload.strays = 0
    upload.view = { ...view, status: 'preparing' }
    this.#events.emit('change', upload.view)
    if (this.#allowed(upload)) void this.#prepare(upload)
  }

  /** Those that are under way or have failed, in order; of one conversation or of all. */
  list(conversation?: ConversationId): readonly UploadView[] {
    const views = this.#uploads.map(({ view }) => view)
    return conversation ? views.filter(view => view.conversation === conversation) : views
  }

  /** Calls `handler` with each upload that came, changed or left, until the returned function is called. */
  on(handler: (view: UploadView) => void): () => void {
    return this.#events.on('change', handler)
  }

  get #limits(): Limits | undefined {
    return this.#client.welcome?.limits
  }

  #find(client_id: string): Upload | undefined {
    return this.#uploads.find(({ view }) => view.client_id === client_id)
  }

  #change(upload: Upload, change: Partial<UploadView>): void {
    upload.view = { ...upload.view, ...change }
    this.#events.emit('change', upload.view)
  }

  /** Whether the gateway would take such a file, as far as is known. Else it has failed. */
  #allowed(upload: Upload): boolean {
    const error = this.#limits && against(upload.view, this.#limits)
    if (error) this.#fail(upload, error)
    return !error
  }

  async #prepare(upload: Upload): Promise<void> {
    const wanted = () => this.#uploads.includes(upload) && upload.view.status === 'preparing'
    try {
      const sha256 = await upload.source.sha256(wanted)
      if (!wanted()) return
      upload.sha256 = sha256
      this.#change(upload, { status: 'waiting' })
      this.#open()
    } catch {
      if (wanted()) this.#fail(upload, UNREADABLE)
    }
  }

  /** Opens what waits, as many as may be open at once. */
  #open(): void {
    if (this.#client.state !== 'online') return
    let open = this.#uploads.filter(({ opening }) => opening).length
    for (const upload of this.#uploads) {
      if (open >= (this.#limits?.uploads_at_once || 1)) return
      const { open: body } = upload
      if (!body || upload.opening || upload.wait || upload.view.status === 'failed') continue
      const opening = {}
      upload.opening = opening
      open++
      this.#client.request('upload_open', body).catch(error => {
        if (!(error instanceof RequestError)) throw error
        // A connection that went has ended this already.
        if (upload.opening === opening) this.#refused(upload, error.error)
      })
    }
  }

  #ready({ client_id, upload: id, offset, credit }: UploadReady): void {
    const upload = this.#find(client_id)
    if (!upload?.opening) {
      // Given up while it was being opened.
      this.#abort(id)
      return
    }
    upload.opened(id, offset, credit)
    this.#change(upload, { status: 'sending', received: offset })
    this.#pump()
  }

  #credited({ upload: id, offset, credit }: UploadCredit): void {
    const upload = this.#uploads.find(upload => upload.id === id)
    if (!upload) return
    upload.credited(offset, credit)
    if (offset > upload.view.received) this.#change(upload, { received: offset })
    this.#pump()
  }

  #done({ client_id, attachment }: UploadDone): void {
    const upload = this.#find(client_id)
    // Of one that is not open, because it has failed or is somebody else's by now, it comes too late.
    if (!upload?.opening) return
    const { conversation, size } = upload.view
    this.#client.send(conversation, { kind: 'attachment', attachment })
    this.#leave(upload, { ...upload.view, status: 'done', received: size })
  }

  /** The next chunk, from each of them in turn. */
  #chunk(): UploadChunk | undefined {
    const most = Math.min(this.#limits?.upload_chunk_bytes || UPLOAD_CHUNK_BYTES, UPLOAD_CHUNK_BYTES)
    const behind = this.#last ? this.#uploads.indexOf(this.#last) + 1 : 0
    for (const upload of [...this.#uploads.slice(behind), ...this.#uploads.slice(0, behind)]) {
      const chunk = upload.chunk(most, well => {
        if (well) this.#pump()
        else this.#fail(upload, UNREADABLE)
      })
      if (!chunk) continue
      this.#last = upload
      return chunk
    }
    return undefined
  }

  #refused(upload: Upload, error: WireError): void {
    if (!error.retryable && !(astray(error) && upload.strays++ < ASTRAY)) {
      this.#fail(upload, error)
      return
    }
    upload.close()
    const wait = Math.max(error.retry_ms, backoff(upload.failures++, this.#clock.random))
    upload.wait = this.#clock.after(wait, () => {
      upload.wait = undefined
      this.#open()
    })
    this.#change(upload, { status: 'waiting' })
    this.#open()
  }

  #fail(upload: Upload, error: WireError): void {
    if (!this.#uploads.includes(upload) || upload.view.status === 'failed') return
    const { id } = upload
    upload.close()
    // The gateway ended it, or is told.
    if (id !== undefined && error.upload === undefined) this.#abort(id)
    this.#change(upload, { status: 'failed', error })
    this.#open()
  }

  #leave(upload: Upload, view: UploadView): void {
    upload.close()
    this.#uploads = this.#uploads.filter(other => other !== upload)
    upload.view = view
    this.#events.emit('change', view)
    this.#open()
  }

  #abort(upload: string): void {
    // Kept, it expires by itself.
    this.#client.request('upload_abort', { upload }).catch(() => {})
  }

  #welcomed(): void {
    const { me } = this.#client
    // A client that was made to forget its session begins as somebody else, without a `switched`.
    if (this.#me !== undefined && this.#me !== me?.id) this.#switched()
    this.#me = me?.id
    for (const upload of [...this.#uploads]) this.#allowed(upload)
    this.#open()
  }

  #lost(): void {
    for (const upload of this.#uploads) {
      upload.close()
      if (upload.view.status === 'sending') this.#change(upload, { status: 'waiting' })
    }
  }

  #switched(): void {
    this.#me = this.#client.me?.id
    const error = refused('not_found', 'the conversation is another visitor’s now')
    for (const upload of [...this.#uploads]) this.#fail(upload, error)
  }
}

/**
 * Whether chunks and gateway have lost each other, as when an upload has expired: opened again, it says where to go on.
 */
function astray({ upload, code, field }: WireError): boolean {
  return upload !== undefined && (code === 'not_found' || field === 'offset' || field === 'bytes')
}

const UNREADABLE = refused('bad_field', 'the file cannot be read', 'bytes')

/** What a gateway with these limits has against a file. */
export function against(
  { size, type }: Pick<UploadView, 'size' | 'type'>,
  limits: Limits,
): WireError | undefined {
  if (!limits.upload_bytes) return refused('unsupported', 'files are not taken')
  if (size === 0) return refused('bad_field', 'size must be at least 1', 'size')
  if (size > limits.upload_bytes) {
    return refused('too_large', `a file must be at most ${limits.upload_bytes} bytes`, 'size')
  }
  if (!limits.upload_types.includes(type)) {
    return refused('bad_field', `type must be one of ${limits.upload_types.join(', ')}`, 'type')
  }
  return undefined
}

/** A name as the gateway takes it: one line, without a path, its extension kept when it has to be cut. */
function nameOf(name: string): string {
  const line =
    name
      .replace(/[\p{Cc}]/gu, '')
      .replace(/^.*[\\/]/, '')
      .trim() || 'file'
  const [extension = ''] = /\.[\w-]{1,16}$/.exec(line) ?? []
  const stem = line.slice(0, line.length - extension.length)
  return cut(stem, NAME_BYTES - extension.length) + extension
}
