import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Sha256 } from './sha256.ts'

/** Bytes that look random and are the same each time. */
function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7919 + (i >> 8) * 31) & 0xff)
}

const expected = (input: Uint8Array) => createHash('sha256').update(input).digest('hex')

describe('SHA-256', () => {
  it('is what the standard says of the empty text and of "abc"', () => {
    const hash = new Sha256()
    expect(hash.hex()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    const abc = new Sha256()
    abc.update(new TextEncoder().encode('abc'))
    expect(abc.hex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  it('is right at every length around the edges of its blocks', () => {
    for (const length of [...Array(200).keys(), 4_095, 4_096, 100_003]) {
      const hash = new Sha256()
      hash.update(bytes(length))
      expect(hash.hex(), `${length} bytes`).toBe(expected(bytes(length)))
    }
  })

  it('does not depend on how the bytes are cut', () => {
    const whole = bytes(5_000)
    for (const step of [1, 3, 63, 64, 65, 127, 1_000]) {
      const hash = new Sha256()
      for (let at = 0; at < whole.length; at += step) hash.update(whole.subarray(at, at + step))
      expect(hash.hex(), `in steps of ${step}`).toBe(expected(whole))
    }
  })
})
