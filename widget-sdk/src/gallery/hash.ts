// What the fake gateway needs of Node's `crypto`, for the browser: the gallery's build puts it in its place.
import { Sha256 } from '../client/sha256.ts'

/** A SHA-256; the algorithm's name is not asked. */
export function createHash(): { update(bytes: Uint8Array): { digest(form: 'hex'): string } } {
  const hash = new Sha256()
  const digest = () => hash.hex()
  return {
    update(bytes) {
      hash.update(bytes)
      return { digest }
    },
  }
}
