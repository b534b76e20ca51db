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

/** One value as MessagePack. Fields that are `undefined` are left out. Throws a `CodecError` for what has no form in it. */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  let length = 0

  function raw(part: Uint8Array): void {
    parts.push(part)
    length += part.length
  }

  /** A marker, then `value` as `width` bytes, big end first; two's complement when it is negative. */
  function put(marker: number, width = 0, value = 0): void {
    const part = new Uint8Array(width + 1)
    part[0] = marker
    for (let at = width; at > 0; at--) {
      part[at] = value % 256
      value = Math.floor(value / 256)
    }
    raw(part)
  }

  /** The narrowest form of a number below 2^64: `marker` is that of one byte, those of wider ones follow it. */
  function sized(marker: number, value: number, magnitude = value): void {
    const width = [2 ** 8, 2 ** 16, 2 ** 32, 2 ** 64].findIndex(end => magnitude < end)
    put(marker + width, 2 ** width, value)
  }

  function open(small: number, large: number, count: number, depth: number): void {
    bounded(count, depth)
    if (count < 16) put(small + count)
    else put(large, 2, count)
  }

  function write(value: unknown, depth: number): void {
    if (value == null) put(0xc0)
    else if (typeof value === 'boolean') put(value ? 0xc3 : 0xc2)
    else if (typeof value === 'number') {
      if (!Number.isSafeInteger(value)) {
        put(0xcb)
        raw(new Uint8Array(new Float64Array([value]).buffer).reverse())
      } else if (value >= -32 && value < 128) put(value & 0xff)
      else if (value < 0) sized(0xd0, value, -2 * value - 1)
      else sized(0xcc, value)
    } else if (typeof value === 'string') {
      const text = utf8.encode(value)
      if (text.length < 32) put(0xa0 + text.length)
      else sized(0xd9, text.length)
      raw(text)
    } else if (value instanceof Uint8Array) {
      sized(0xc4, value.length)
      raw(value)
    } else if (Array.isArray(value)) {
      open(0x90, 0xdc, value.length, depth)
      for (const element of value) write(element, depth + 1)
    } else if (typeof value === 'object') {
      const fields = Object.entries(value).filter(field => field[1] !== undefined)
      open(0x80, 0xde, fields.length, depth)
      for (const field of fields) for (const one of field) write(one, depth + 1)
    } else throw new CodecError('bad_value')
  }

  write(value, 0)
  return joined(parts, length)
}

/** Bytes in one piece. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** One frame. Throws a `CodecError` if it would break a bound of the protocol. */
export function encodeFrame(op: number, ref: number, body: object): Uint8Array<ArrayBuffer> {
  const bytes = encode([op, ref, body])
  if (bytes.length > FRAME_BYTES) throw new CodecError('too_large')
  return bytes
}

/**
 * The frames of one WebSocket message, in order. Throws a `CodecError`, and nothing else, at the first that is none;
 * those before it have been yielded.
 */
export function* decodeFrames(message: ArrayBuffer | Uint8Array): Generator<Frame, void, undefined> {
  const bytes = message instanceof Uint8Array ? message : new Uint8Array(message)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let start = 0

  /** Passes over `count` bytes and returns where they begin. */
  function skip(count: number): number {
    const from = at
    if (count > bytes.length - from) throw new CodecError('truncated')
    at += count
    return from
  }

  function number(width: number, signed = false): number {
    const from = skip(width)
    let value = signed ? view.getInt8(from) : view.getUint8(from)
    for (let i = 1; i < width; i++) value = value * 256 + view.getUint8(from + i)
    return value
  }

  function raw(length: number): Uint8Array {
    const from = skip(length)
    return bytes.subarray(from, at)
  }

  function array(count: number, depth: number): unknown[] {
    bounded(count, depth)
    const array: unknown[] = []
    for (let i = 0; i < count; i++) array.push(read(depth + 1))
    return array
  }

  function map(count: number, depth: number): Record<string, unknown> {
    bounded(count, depth)
    const map: Record<string, unknown> = {}
    for (let i = 0; i < count; i++) {
      const name = read(depth + 1)
      const field = read(depth + 1)
      // Fields have names; `__proto__` is none of ours and must not become an object's prototype.
      if (typeof name === 'string' && name !== '__proto__') map[name] = field
    }
    return map
  }

  function any(marker: number, depth: number): unknown {
    if (marker < 0x80) return marker
    if (marker < 0x90) return map(marker - 0x80, depth)
    if (marker < 0xa0) return array(marker - 0x90, depth)
    if (marker < 0xc0) return text.decode(raw(marker - 0xa0))
    if (marker > 0xdf) return marker - 256
    if (marker === 0xc0) return null
    if (marker === 0xc2 || marker === 0xc3) return marker === 0xc3
    if (marker > 0xc3 && marker < 0xc7) return raw(number(1 << (marker - 0xc4))).slice()
    if (marker === 0xca || marker === 0xcb) {
      const from = skip(marker === 0xca ? 4 : 8)
      // An op or a ref is an integer: a float in its place is no number at all.
      if (depth === 1) return Number.NaN
      return marker === 0xca ? view.getFloat32(from) : view.getFloat64(from)
    }
    if (marker > 0xcb && marker < 0xd0) return number(1 << (marker - 0xcc))
    if (marker > 0xcf && marker < 0xd4) return number(1 << (marker - 0xd0), true)
    if (marker > 0xd8 && marker < 0xdc) return text.decode(raw(number(1 << (marker - 0xd9))))
    if (marker === 0xdc || marker === 0xdd) return array(number(2 << (marker - 0xdc)), depth)
    if (marker > 0xdd) return map(number(2 << (marker - 0xde)), depth)
    throw new CodecError('bad_byte')
  }

  function read(depth: number): unknown {
    const value = any(number(1), depth)
    if (at - start > FRAME_BYTES) throw new CodecError('too_large')
    return value
  }

  while (at < bytes.length) {
    start = at
    const value = read(0)
    // More than three elements are a later version's: passed over, not refused.
    const [op, ref, body] = Array.isArray(value) ? value : []
    if (!whole(op, OP_MAX) || !whole(ref, REF_MAX) || !isMap(body)) throw new CodecError('bad_envelope')
    yield { op, ref, body }
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
