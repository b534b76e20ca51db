import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CodecError, decodeFrames, encodeFrame, type Frame } from './codec.ts'
import { ClientOp } from './wire.ts'

/** A row of `protocol/vectors/*.json`; its README says what each field is. */
interface Vector {
  name: string
  hex: string
  pad?: [byte: number, times: number]
  frames?: Frame[]
  error?: string
  reason?: string
  before?: number
}

function vectors(file: string): Vector[] {
  const rows: Vector[] = JSON.parse(
    readFileSync(new URL(`../../../protocol/vectors/${file}.json`, import.meta.url), 'utf8'),
  )
  // JSON has no bytes: those of a chunk stand in it as hexadecimal digits.
  for (const { op, body } of rows.flatMap(({ frames = [] }) => frames)) {
    if (op === ClientOp.upload_chunk) body.bytes = new Uint8Array(Buffer.from(String(body.bytes), 'hex'))
  }
  return rows
}

function message({ hex, pad: [byte, times] = [0, 0] }: Vector): Uint8Array {
  return new Uint8Array([...Buffer.from(hex, 'hex'), ...new Array<number>(times).fill(byte)])
}

describe.each(['client', 'server'])('the vectors of %s.json', file => {
  it.each(vectors(file).map(vector => [vector.name, vector] as const))('%s', (_, vector) => {
    const bytes = message(vector)
    expect([...decodeFrames(bytes)]).toEqual(vector.frames)
    const written = (vector.frames ?? []).flatMap(({ op, ref, body }) => [...encodeFrame(op, ref, body)])
    expect(Buffer.from(written).toString('hex')).toBe(vector.hex)
  })
})

describe('the vectors of tolerated.json', () => {
  it.each(vectors('tolerated').map(vector => [vector.name, vector] as const))('%s', (_, vector) => {
    expect([...decodeFrames(message(vector))]).toMatchObject(vector.frames ?? [])
  })
})

describe('the vectors of invalid.json', () => {
  it.each(vectors('invalid').map(vector => [vector.name, vector] as const))('%s', (_, vector) => {
    const taken: Frame[] = []
    const take = () => {
      for (const frame of decodeFrames(message(vector))) taken.push(frame)
    }
    if (vector.error === 'bad_frame') {
      expect(take).toThrow(CodecError)
      expect(take).toThrow(`not a frame of this protocol: ${vector.reason}`)
      expect(taken.length).toBe((vector.before ?? 0) * 2)
    } else {
      // A good frame whose fields or op the gateway refuses.
      take()
      expect(taken).toHaveLength(1)
    }
  })
})
