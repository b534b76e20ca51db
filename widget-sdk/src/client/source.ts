/** What a file is read from. */
export type FileBytes = Blob | Uint8Array<ArrayBuffer>

/** How much of a Blob is read at once to be sent, in bytes: some chunks. */
const READ_BYTES = 64 * 1024
/** How much is read at once to be hashed, in bytes. */
const HASH_BYTES = 256 * 1024
/** The largest Blob that is hashed as a whole, in bytes: larger ones never are in memory as a whole. */
const WHOLE_BYTES = 1024 * 1024

/** A file that is read piece by piece. */
export class Source {
  readonly size: number
  readonly #file: FileBytes
  #piece = new Uint8Array()
  #at = 0
  #reading = false

  constructor(file: FileBytes) {
    this.#file = file
    this.size = file instanceof Blob ? file.size : file.length
  }

  /**
   * At most `most` bytes from `offset` on; nothing while they are being read, after which `read` is called: with false if
   * that failed.
   */
  take(offset: number, most: number, read: (well: boolean) => void): Uint8Array<ArrayBuffer> | undefined {
    const from = offset - this.#at
    // As much as may go or nothing: what is left at a piece's end is read again, with what follows it.
    const held = Math.min(from + most, this.size - this.#at) <= this.#piece.length
    if (from >= 0 && from < this.#piece.length && held) return this.#piece.subarray(from, from + most)
    if (this.#reading) return undefined
    this.#reading = true
    const done = (well: boolean) => {
      this.#reading = false
      read(well)
    }
    this.#slice(offset, READ_BYTES).then(
      piece => {
        this.#piece = piece
        this.#at = offset
        done(piece.length === Math.min(READ_BYTES, this.size - offset))
      },
      () => done(false),
    )
    return undefined
  }

  /**
   * Its SHA-256, as hexadecimal digits in lower case. Undefined once `wanted` says no; rejects if it cannot be read.
   * WebCrypto, where there is one, hashes what is in memory anyway; the rest a module that is loaded when it is needed.
   */
  async sha256(wanted: () => boolean): Promise<string | undefined> {
    const { subtle } = globalThis.crypto ?? {}
    if (subtle && (this.size <= WHOLE_BYTES || !(this.#file instanceof Blob))) {
      const digest = await subtle.digest('SHA-256', await this.#slice(0, this.size))
      return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
    }
    const { Sha256 } = await import('./sha256.ts')
    const hash = new Sha256()
    for (let at = 0; at < this.size; at += HASH_BYTES) {
      hash.update(await this.#slice(at, HASH_BYTES))
      if (!wanted()) return undefined
    }
    return hash.hex()
  }

  async #slice(from: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(this.#file instanceof Blob)) return this.#file.subarray(from, from + length)
    return new Uint8Array(await this.#file.slice(from, from + length).arrayBuffer())
  }
}
