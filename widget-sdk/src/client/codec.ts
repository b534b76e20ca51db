import { DEPTH, ELEMENTS, FRAME_BYTES } from './wire.ts'

/** Why bytes are not frames, or a value cannot be one; the same list as the gateway's. */
export type CodecFault =
  | 'truncated'
  | 'too_large'
  | 'too_deep'
  | 'too_many'
  | 'bad_envelope'
  | 'bad_byte'
  | 'bad_value'

/** The one error that this codec throws. */
export class CodecError extends Error {
  readonly fault: CodecFault

  constructor(fault: CodecFault) {
    super(`not a frame of this protocol: ${fault}`)
    this.name = 'CodecError'
    this.fault = fault
  }
}

/** A frame off the wire: an array `[op, ref, body]`. */
export interface Frame {
  op: number
  /** The request's number in a reply, 0 in a push. */
  ref: number
  body: Record<string, unknown>
}

const OP_MAX = 0xffff
const REF_MAX = 0xffffffff

const utf8 = new TextEncoder()
// A byte order mark is a character like any other here: it must come out as it went in.
const text = new TextDecoder('utf-8', { ignoreBOM: true })

class Writer {
  bytes = new Uint8Array(256)
  at = 0

  /** Makes room for `count` bytes and returns where they begin. */
  #take(count: number): number {
    const from = this.at
    this.at += count
    if (this.at > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.at, this.bytes.length * 2))
      grown.set(this.bytes)
      this.bytes = grown
    }
    return from
  }

  /** A marker, then `value` as `width` bytes, big end first; two's complement when it is negative. */
  #number(marker: number, width: number, value: number): void {
    const from = this.#take(width + 1)
    this.bytes[from] = marker
    for (let i = width; i > 0; i--) {
      this.bytes[from + i] = value % 256
      value = Math.floor(value / 256)
    }
  }

  #raw(bytes: Uint8Array): void {
    const from = this.#take(bytes.length)
    this.bytes.set(bytes, from)
  }

  value(value: unknown, depth: number): void {
    if (value == null) this.#number(0xc0, 0, 0)
    else if (typeof value === 'boolean') this.#number(value ? 0xc3 : 0xc2, 0, 0)
    else if (typeof value === 'number') this.#amount(value)
    else if (typeof value === 'string') {
      const bytes = utf8.encode(value)
      if (bytes.length < 32) this.#number(0xa0 + bytes.length, 0, 0)
      else this.#sized(0xd9, bytes.length)
      this.#raw(bytes)
    } else if (value instanceof Uint8Array) {
      this.#sized(0xc4, value.length)
      this.#raw(value)
    } else if (Array.isArray(value)) {
      this.#open(0x90, 0xdc, value.length, depth)
      for (const element of value) this.value(element, depth + 1)
    } else if (typeof value === 'object') {
      const fields = Object.entries(value).filter(field => field[1] !== undefined)
      this.#open(0x80, 0xde, fields.length, depth)
      for (const [name, field] of fields) {
        this.value(name, depth + 1)
        this.value(field, depth + 1)
      }
    } else throw new CodecError('bad_value')
  }

  #amount(value: number): void {
    if (!Number.isSafeInteger(value)) {
      const from = this.#take(9)
      this.bytes[from] = 0xcb
      new DataView(this.bytes.buffer).setFloat64(from + 1, value)
    } else if (value >= -32 && value < 128) this.#number(value & 0xff, 0, 0)
    else {
      // The narrowest of four widths: its index is also the marker's distance from the first marker of its kind.
      const magnitude = value < 0 ? -2 * value - 1 : value
      const width = magnitude < 2 ** 8 ? 0 : magnitude < 2 ** 16 ? 1 : magnitude < 2 ** 32 ? 2 : 3
      this.#number((value < 0 ? 0xd0 : 0xcc) + width, 2 ** width, value)
    }
  }

  #sized(marker: number, length: number): void {
    const width = length < 2 ** 8 ? 0 : length < 2 ** 16 ? 1 : 2
    this.#number(marker + width, 2 ** width, length)
  }

  #open(small: number, large: number, count: number, depth: number): void {
    if (depth === DEPTH) throw new CodecError('too_deep')
    if (count > ELEMENTS) throw new CodecError('too_many')
    if (count < 16) this.#number(small + count, 0, 0)
    else this.#number(large, 2, count)
  }
}

/** One value as MessagePack. Fields that are `undefined` are left out. */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  writer.value(value, 0)
  return writer.bytes.slice(0, writer.at)
}

/** One frame. Throws a `CodecError` if it would break a bound of the protocol. */
export function encodeFrame(op: number, ref: number, body: object): Uint8Array<ArrayBuffer> {
  const bytes = encode([op, ref, body])
  if (bytes.length > FRAME_BYTES) throw new CodecError('too_large')
  return bytes
}

class Reader {
  at = 0
  #start = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  frame(): Frame {
    this.#start = this.at
    const value = this.#value(0)
    if (!Array.isArray(value)) throw new CodecError('bad_envelope')
    // More than three elements are a later version's: passed over, not refused.
    const [op, ref, body] = value
    if (!whole(op, OP_MAX) || !whole(ref, REF_MAX) || !isMap(body)) throw new CodecError('bad_envelope')
    return { op, ref, body }
  }

  #value(depth: number): unknown {
    const value = this.#any(this.#number(1, false), depth)
    if (this.at - this.#start > FRAME_BYTES) throw new CodecError('too_large')
    return value
  }

  #any(marker: number, depth: number): unknown {
    if (marker < 0x80) return marker
    if (marker < 0x90) return this.#map(marker - 0x80, depth)
    if (marker < 0xa0) return this.#array(marker - 0x90, depth)
    if (marker < 0xc0) return text.decode(this.#raw(marker - 0xa0))
    if (marker >= 0xe0) return marker - 256
    if (marker === 0xc0) return null
    if (marker === 0xc2 || marker === 0xc3) return marker === 0xc3
    if (marker >= 0xc4 && marker <= 0xc6) return this.#raw(this.#number(1 << (marker - 0xc4), false)).slice()
    if (marker === 0xca || marker === 0xcb) {
      const from = this.#skip(marker === 0xca ? 4 : 8)
      // An op or a ref is an integer: a float in its place is no number at all.
      if (depth === 1) return Number.NaN
      return marker === 0xca ? this.#view.getFloat32(from) : this.#view.getFloat64(from)
    }
    if (marker >= 0xcc && marker <= 0xcf) return this.#number(1 << (marker - 0xcc), false)
    if (marker >= 0xd0 && marker <= 0xd3) return this.#number(1 << (marker - 0xd0), true)
    if (marker >= 0xd9 && marker <= 0xdb)
      return text.decode(this.#raw(this.#number(1 << (marker - 0xd9), false)))
    if (marker === 0xdc || marker === 0xdd)
      return this.#array(this.#number(2 << (marker - 0xdc), false), depth)
    if (marker === 0xde || marker === 0xdf) return this.#map(this.#number(2 << (marker - 0xde), false), depth)
    throw new CodecError('bad_byte')
  }

  /** Passes over `count` bytes and returns where they begin. */
  #skip(count: number): number {
    const from = this.at
    if (count > this.#bytes.length - from) throw new CodecError('truncated')
    this.at += count
    return from
  }

  #number(width: number, signed: boolean): number {
    const from = this.#skip(width)
    let value = 0
    for (let i = 0; i < width; i++) {
      const byte = this.#view.getUint8(from + i)
      value = value * 256 + (signed && i === 0 && byte > 127 ? byte - 256 : byte)
    }
    return value
  }

  #raw(length: number): Uint8Array {
    const from = this.#skip(length)
    return this.#bytes.subarray(from, this.at)
  }

  #array(count: number, depth: number): unknown[] {
    bounded(count, depth)
    const array: unknown[] = []
    for (let i = 0; i < count; i++) array.push(this.#value(depth + 1))
    return array
  }

  #map(count: number, depth: number): Record<string, unknown> {
    bounded(count, depth)
    const map: Record<string, unknown> = {}
    for (let i = 0; i < count; i++) {
      const name = this.#value(depth + 1)
      const field = this.#value(depth + 1)
      // Fields have names; `__proto__` is none of ours and must not become an object's prototype.
      if (typeof name === 'string' && name !== '__proto__') map[name] = field
    }
    return map
  }
}

function bounded(count: number, depth: number): void {
  if (count > ELEMENTS) throw new CodecError('too_many')
  if (depth === DEPTH) throw new CodecError('too_deep')
}

function whole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
}

function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  )
}

/**
 * The frames of one WebSocket message, in order. Throws a `CodecError`, and nothing else, at the first that is none;
 * those before it have been yielded.
 */
export function* decodeFrames(message: ArrayBuffer | Uint8Array): Generator<Frame, void, undefined> {
  const bytes = message instanceof Uint8Array ? message : new Uint8Array(message)
  const reader = new Reader(bytes)
  while (reader.at < bytes.length) yield reader.frame()
}
