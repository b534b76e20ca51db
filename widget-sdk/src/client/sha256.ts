const WORDS = 64
const BLOCK_BYTES = 64

/** The first 32 bits behind the point of a number. */
const fraction = (value: number) => (value % 1) * 2 ** 32

const primes: number[] = []
for (let n = 2; primes.length < WORDS; n++) if (primes.every(prime => n % prime)) primes.push(n)
const K = Int32Array.from(primes, prime => fraction(Math.cbrt(prime)))

/**
 * SHA-256 (FIPS 180-4) of bytes that come piece by piece: WebCrypto wants them all at once, and is missing on pages
 * without TLS.
 */
export class Sha256 {
  readonly #state = Int32Array.from(primes.slice(0, 8), prime => fraction(Math.sqrt(prime)))
  readonly #words = new Int32Array(WORDS)
  readonly #block = new Uint8Array(BLOCK_BYTES)
  #length = 0

  /** Takes further bytes in. */
  update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const at = this.#length % BLOCK_BYTES
      const part = bytes.subarray(from, from + BLOCK_BYTES - at)
      this.#block.set(part, at)
      this.#length += part.length
      from += part.length
      if (this.#length % BLOCK_BYTES === 0) this.#mix()
    }
  }

  /** The hash, as 64 hexadecimal digits in lower case. Nothing can be taken in behind it. */
  hex(): string {
    const bits = this.#length * 8
    const end = new Uint8Array(((119 - (this.#length % BLOCK_BYTES)) % BLOCK_BYTES) + 9)
    end[0] = 0x80
    const view = new DataView(end.buffer)
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(end.length - 4, bits % 2 ** 32)
    this.update(end)
    return [...this.#state].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  #mix(): void {
    const words = this.#words
    const view = new DataView(this.#block.buffer)
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(i * 4)
    for (let i = 16; i < WORDS; i++) {
      const [x = 0, y = 0] = [words[i - 15], words[i - 2]]
      const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)
      const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10)
      words[i] = (words[i - 16] ?? 0) + low + (words[i - 7] ?? 0) + high
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.#state
    for (let i = 0; i < WORDS; i++) {
      const choice = (e & f) ^ (~e & g)
      const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + (K[i] ?? 0) + (words[i] ?? 0)
      const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
      h = g
      g = f
      f = e
      e = (d + first) | 0
      d = c
      c = b
      b = a
      a = (first + second) | 0
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) {
      this.#state[i] = (this.#state[i] ?? 0) + word
    }
  }
}

/** A word turned to the right. */
function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}
