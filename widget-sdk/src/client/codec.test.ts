import * as reference from '@msgpack/msgpack'
import { describe, expect, it } from 'vitest'
import { CodecError, decodeFrames, encode, encodeFrame } from './codec.ts'
import { DEPTH, ELEMENTS, FRAME_BYTES } from './wire.ts'

/** A small generator (mulberry32), so that a failing round can be run again. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const EDGES = [0, 1, 31, 32, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]
const NUMBERS = [...EDGES, ...EDGES.map(n => -n - 1), -33, 0.5, -1e300, Number.POSITIVE_INFINITY]
const CHARACTERS = ['a', 'ß', '中', '😀', '\u0000', '"']

function randomText(next: () => number): string {
  const length = [0, 3, 31, 32, 255, 256, 300][Math.floor(next() * 7)] ?? 0
  return Array.from({ length }, () => CHARACTERS[Math.floor(next() * CHARACTERS.length)]).join('')
}

function randomValue(next: () => number, depth = 0): unknown {
  const kind = Math.floor(next() * (depth < 5 ? 8 : 6))
  if (kind === 0) return null
  if (kind === 1) return next() < 0.5
  if (kind === 2) return NUMBERS[Math.floor(next() * NUMBERS.length)]
  if (kind === 3) return Math.floor((next() - 0.5) * 2 ** (1 + Math.floor(next() * 53)))
  if (kind === 4) return randomText(next)
  if (kind === 5) return Uint8Array.from({ length: Math.floor(next() * 300) }, (_, i) => i)
  const length = Math.floor(next() * (depth === 0 ? 40 : 5))
  const values = Array.from({ length }, () => randomValue(next, depth + 1))
  return kind === 6 ? values : Object.fromEntries(values.map((value, i) => [`field${i}`, value]))
}

function bodyOf(bytes: Uint8Array): unknown {
  const [frame] = decodeFrames(bytes)
  return frame?.body
}

function all(bytes: ArrayBuffer | Uint8Array) {
  return [...decodeFrames(bytes)]
}

function fault(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof CodecError) return error.fault
    throw error
  }
  return 'none'
}

describe('the codec', () => {
  it('is read by the reference codec, and reads it, over random values', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const body = { value: randomValue(random(seed)) }
      const ours = encodeFrame(18, seed, body)
      expect(reference.decode(ours), `seed ${seed}`).toEqual([18, seed, body])
      expect(bodyOf(reference.encode([18, seed, body])), `seed ${seed}`).toEqual(body)
      expect(bodyOf(ours), `seed ${seed}`).toEqual(body)
    }
  })

  it('writes the same bytes as the reference, field for field', () => {
    for (const value of [...NUMBERS, Number.NaN, 'x'.repeat(40), [1, [2]], { a: { b: null } }]) {
      expect(encode(value)).toEqual(reference.encode(value))
    }
  })

  it('keeps a byte order mark, which is a character like any other', () => {
    expect(bodyOf(encodeFrame(1, 1, { text: '\ufeffhello\ufeff' }))).toEqual({ text: '\ufeffhello\ufeff' })
  })

  it('leaves undefined fields out and reads absent as absent', () => {
    expect(bodyOf(encodeFrame(1, 1, { a: undefined, b: 1 }))).toEqual({ b: 1 })
  })

  it('throws nothing but a CodecError at every truncation and at random bytes', () => {
    const next = random(7)
    const whole = encodeFrame(20, 0, {
      text: 'é'.repeat(40),
      list: [1, 70_000, -5, 1.5],
      map: { deep: { er: null } },
    })
    for (let end = 1; end < whole.length; end++) {
      expect(
        fault(() => all(whole.subarray(0, end))),
        `cut at ${end}`,
      ).toBe('truncated')
    }
    for (let round = 0; round < 20_000; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(next() * 24) }, () => Math.floor(next() * 256))
      fault(() => all(bytes))
      const changed = whole.slice()
      changed[Math.floor(next() * whole.length)] = Math.floor(next() * 256)
      fault(() => all(changed))
    }
  })

  it('reads several frames back to back, out of a part of a larger buffer', () => {
    const [one, two] = [encodeFrame(3, 0, {}), encodeFrame(21, 9, { seq: 1 })]
    const both = new Uint8Array([0xc1, ...one, ...two, 0xc1]).subarray(1, 1 + one.length + two.length)
    expect(all(both)).toEqual([
      { op: 3, ref: 0, body: {} },
      { op: 21, ref: 9, body: { seq: 1 } },
    ])
    expect(all(new ArrayBuffer(0))).toEqual([])
  })

  it('passes over further elements of a frame, and names that are no fields', () => {
    expect(all(reference.encode([3, 0, {}, 'later', [1]]))).toEqual([{ op: 3, ref: 0, body: {} }])
    const named = new Uint8Array([
      0x93,
      3,
      0,
      0x83,
      1,
      2,
      0xa9,
      ...new TextEncoder().encode('__proto__'),
      0x80,
      0x90,
      5,
    ])
    const body = bodyOf(named)
    expect(body).toEqual({})
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype)
  })

  it.each<[string, unknown]>([
    ['no array', { op: 1 }],
    ['two elements', [3, 0]],
    ['an op too large', [65_536, 0, {}]],
    ['an op that is a float', [3.5, 0, {}]],
    ['a negative ref', [3, -1, {}]],
    ['a ref too large', [3, 2 ** 32, {}]],
    ['an op that is no number', ['3', 0, {}]],
    ['a body that is a list', [3, 0, []]],
    ['a body that is bytes', [3, 0, new Uint8Array(2)]],
    ['a body that is nothing', [3, 0, null]],
  ])('refuses an envelope with %s', (_, value) => {
    expect(fault(() => all(reference.encode(value)))).toBe('bad_envelope')
  })

  it('refuses what follows the last frame and is none', () => {
    expect(fault(() => all(new Uint8Array([...encodeFrame(3, 0, {}), 0])))).toBe('bad_envelope')
    expect(fault(() => all(new Uint8Array([...encodeFrame(3, 0, {}), 0x93])))).toBe('truncated')
  })

  it.each([0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8])('refuses byte %d', byte => {
    expect(fault(() => all(new Uint8Array([0x93, 3, 0, 0x81, 0xa1, 0x61, byte, 0, 0, 0, 0, 0])))).toBe(
      'bad_byte',
    )
  })

  it('keeps the bound on depth both ways', () => {
    const nested = (levels: number) => {
      let value: unknown = {}
      for (let level = 2; level < levels; level++) value = { in: value }
      return value as object
    }
    expect(bodyOf(encodeFrame(3, 0, nested(DEPTH)))).toEqual(nested(DEPTH))
    expect(fault(() => encodeFrame(3, 0, nested(DEPTH + 1)))).toBe('too_deep')
    expect(fault(() => all(reference.encode([3, 0, nested(DEPTH + 1)])))).toBe('too_deep')
  })

  it('keeps the bound on elements both ways, and allots nothing for a claim', () => {
    const list = (count: number) => ({ list: Array.from({ length: count }, () => 1) })
    expect(bodyOf(encodeFrame(3, 0, list(ELEMENTS)))).toEqual(list(ELEMENTS))
    expect(fault(() => encodeFrame(3, 0, list(ELEMENTS + 1)))).toBe('too_many')
    expect(fault(() => all(reference.encode([3, 0, list(ELEMENTS + 1)])))).toBe('too_many')
    expect(fault(() => all(new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff])))).toBe('too_many')
    expect(fault(() => all(new Uint8Array([0x93, 3, 0, 0xdb, 0xff, 0xff, 0xff, 0xff])))).toBe('truncated')
  })

  it('keeps the bound on length both ways', () => {
    const sized = (bytes: number) => ({ t: 'x'.repeat(bytes - 9) })
    expect(encodeFrame(3, 0, sized(FRAME_BYTES))).toHaveLength(FRAME_BYTES)
    expect(bodyOf(encodeFrame(3, 0, sized(FRAME_BYTES)))).toEqual(sized(FRAME_BYTES))
    expect(fault(() => encodeFrame(3, 0, sized(FRAME_BYTES + 1)))).toBe('too_large')
    expect(fault(() => all(reference.encode([3, 0, sized(FRAME_BYTES + 1)])))).toBe('too_large')
  })

  it('refuses to write what MessagePack has no word for', () => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    expect(fault(() => encode(() => 1))).toBe('bad_value')
    expect(fault(() => encode(1n))).toBe('bad_value')
    expect(fault(() => encode(loop))).toBe('too_deep')
  })
})
