import { createHash } from 'node:crypto'
import type { FakeSocket } from './fake-socket.ts'
import type { Attachment, ClientBodies, ServerBodies, WireError } from './wire.ts'

/** A file as the fake gateway has it. */
export interface FakeFile extends Omit<ClientBodies['upload_open'], 'client_id'> {
  id: string
  client_id: string
  have: Uint8Array
  /** Up to which byte chunks may come. */
  allowed: number
  /** Where its chunks come from. */
  socket: FakeSocket | undefined
  attachment: Attachment | undefined
}

/** What the files' keeper needs of the gateway. */
export interface FakeUploadsLink {
  tell<N extends keyof ServerBodies>(socket: FakeSocket, name: N, body: ServerBodies[N], ref?: number): void
  refuse(socket: FakeSocket, error: Partial<WireError> & Pick<WireError, 'code'>, ref?: number): void
}

/** Takes files as the real gateway does: in order, within the credit, whole or not at all. */
export class FakeUploads {
  readonly files = new Map<string, FakeFile>()
  /** Bytes that may come ahead of those that came. */
  window = 40_000
  /** Chunks that broke a rule, in words. */
  readonly faults: string[] = []
  /** The longest chunk. */
  longest = 0
  readonly #link: FakeUploadsLink

  constructor(link: FakeUploadsLink) {
    this.#link = link
  }

  /** Takes a file up, or goes on with it. */
  open(socket: FakeSocket, ref: number, who: string, body: ClientBodies['upload_open']): void {
    const key = `${who}:${body.client_id}`
    const id = `upload-${this.files.size + 1}`
    const file = this.files.get(key) ?? {
      ...body,
      id,
      have: new Uint8Array(),
      allowed: 0,
      socket,
      attachment: undefined,
    }
    this.files.set(key, file)
    if (file.sha256 !== body.sha256 || file.size !== body.size) {
      this.#link.refuse(socket, { code: 'conflict' }, ref)
      return
    }
    file.socket = socket
    const { client_id, attachment } = file
    if (attachment) this.#link.tell(socket, 'upload_done', { client_id, attachment }, ref)
    else {
      const offset = file.have.length
      file.allowed = offset + this.window
      const ready = { client_id, upload: file.id, offset, credit: this.window }
      this.#link.tell(socket, 'upload_ready', ready, ref)
    }
  }

  chunk(socket: FakeSocket, { upload, offset, bytes }: ClientBodies['upload_chunk']): void {
    const file = [...this.files.values()].find(({ id }) => id === upload)
    this.longest = Math.max(this.longest, bytes.length)
    const end = offset + bytes.length
    if (!file || file.socket !== socket) this.#fault(socket, upload, 'not_found', 'nobody opened it')
    else if (offset !== file.have.length) {
      this.#fault(socket, upload, 'bad_field', `at ${offset}, not ${file.have.length}`)
    } else if (end > file.allowed) {
      this.#fault(socket, upload, 'rate_limited', `to ${end}, beyond ${file.allowed}`)
    } else this.#take(file, bytes)
  }

  abort(socket: FakeSocket, ref: number, { upload }: ClientBodies['upload_abort']): void {
    for (const [key, file] of this.files) if (file.id === upload) this.files.delete(key)
    this.#link.tell(socket, 'ok', {}, ref)
  }

  #take(file: FakeFile, bytes: Uint8Array): void {
    const have = new Uint8Array(file.have.length + bytes.length)
    have.set(file.have)
    have.set(bytes, file.have.length)
    file.have = have
    if (have.length < file.size) this.#credit(file)
    else this.#finish(file)
  }

  #credit(file: FakeFile): void {
    const offset = file.have.length
    file.allowed = Math.max(file.allowed, offset + this.window)
    const credit = file.allowed - offset
    if (file.socket) this.#link.tell(file.socket, 'upload_credit', { upload: file.id, offset, credit })
  }

  #finish(file: FakeFile): void {
    const { socket, client_id, id, name, size, type } = file
    if (createHash('sha256').update(file.have).digest('hex') !== file.sha256) {
      if (socket) this.#link.refuse(socket, { code: 'bad_field', field: 'sha256', upload: id })
      return
    }
    file.attachment = { id, name, size, type, url: `/files/organization-1/${id}/${name}` }
    if (socket) this.#link.tell(socket, 'upload_done', { client_id, attachment: file.attachment })
  }

  #fault(socket: FakeSocket, upload: string, code: WireError['code'], words: string): void {
    this.faults.push(`${upload}: ${words}`)
    this.#link.refuse(socket, { code, upload })
  }
}
