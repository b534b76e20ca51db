import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from './client.ts'
import { wireError } from './fake-server.ts'
import { FakeWorld } from './fake-world.ts'
import type { UploadView } from './upload.ts'
import { type Uploads, uploadsOf } from './uploads.ts'

let world: FakeWorld
let client: Client
let conversation: string
let uploads: Uploads
/** What was told of uploads, in order. */
let told: UploadView[]
beforeEach(async () => {
  world = new FakeWorld()
  ;({ client, conversation } = await world.talking())
  uploads = uploadsOf(client, world.clock)
  told = []
  uploads.on(view => told.push(view))
})

/** Bytes that look random and are the same each time. */
function bytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 7919 * seed + (i >> 8) * 31) & 0xff)
}

const file = (content: Blob | Uint8Array<ArrayBuffer>, name = 'notes.txt') => ({
  bytes: content,
  name,
  type: 'text/plain',
})
const files = () => [...world.gateway.uploads.files.values()]
const chunks = () => world.gateway.sockets.flatMap(socket => socket.saidOf('upload_chunk'))
const opens = () => world.gateway.sockets.flatMap(socket => socket.saidOf('upload_open'))
const left = () => uploads.list().length === 0 && client.outbox().length === 0
const states = () => told.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1])

/** Until nothing is left to be done, however the connection fares. */
const finished = () =>
  world.until(() => {
    if (client.state !== 'online') void world.pass(world.clock.next ?? 0)
    return left()
  })

describe('an upload', () => {
  it.each(['bytes', 'a Blob'])('of %s goes out within the credit, and becomes an entry', async how => {
    const content = bytes(200_000)
    const id = uploads.add(conversation, file(how === 'bytes' ? content : new Blob([content])))
    expect(uploads.list(conversation)).toMatchObject([{ client_id: id, status: 'preparing', size: 200_000 }])
    expect(uploads.list('conversation-other')).toEqual([])
    await world.until(left)
    expect(Buffer.compare(files()[0]?.have ?? new Uint8Array(), content)).toBe(0)
    expect(world.gateway.uploads).toMatchObject({ faults: [], longest: 16_384 })
    expect(states()).toEqual(['preparing', 'waiting', 'sending', 'done'])
    const received = told.map(view => view.received)
    expect(received).toEqual([...received].sort((a, b) => a - b))
    expect(new Set(received).size).toBeGreaterThan(10)
    expect(world.gateway.logs.get(conversation)?.stored.map(({ content }) => content)).toEqual([
      { kind: 'attachment', attachment: files()[0]?.attachment },
    ])
  })

  it('that is too large to be hashed at once is hashed in parts, as is any where WebCrypto is missing', async () => {
    world.gateway.limits.upload_bytes = 10_000_000
    world.gateway.uploads.window = 1_000_000
    world.gateway.socket.end()
    await world.pass(125)
    uploads.add(conversation, file(new Blob([bytes(1_300_000)])))
    await world.until(left)
    vi.stubGlobal('crypto', {})
    try {
      uploads.add(conversation, file(bytes(1_000, 3)))
      await world.until(left)
    } finally {
      vi.unstubAllGlobals()
    }
    expect(files().map(({ attachment }) => attachment?.size)).toEqual([1_300_000, 1_000])
  })

  it('is the same one for all who ask for the uploads of a client', () => {
    expect(uploadsOf(client)).toBe(uploads)
  })

  it.each([
    ['a/b\\c.txt', 'c.txt'],
    ['no\nline.txt', 'noline.txt'],
    ['  ', 'file'],
    [`${'ü'.repeat(150)}.png`, `${'ü'.repeat(98)}.png`],
  ])('has a name as the gateway takes it: %j', async (name, taken) => {
    uploads.add(conversation, file(bytes(1), name))
    await world.until(left)
    expect(opens()[0]?.name).toBe(taken)
  })

  it.each([
    ['empty', 'size', bytes(0), 'text/plain'],
    ['too large', 'size', bytes(1_048_577), 'text/plain'],
    ['of a type that is not taken', 'type', bytes(9), 'image/svg+xml'],
  ])('that is %s fails at once, and can be taken off the list', async (_, field, content, type) => {
    const id = uploads.add(conversation, { bytes: content, name: 'x', type })
    expect(uploads.list()).toMatchObject([{ status: 'failed', error: { field, retryable: false } }])
    uploads.cancel(id)
    expect(uploads.list()).toEqual([])
    await world.settle()
    expect(opens()).toEqual([])
  })

  it('fails where files are not taken, also when that is known only later', async () => {
    const other = world.client()
    const theirs = uploadsOf(other, world.clock)
    world.gateway.limits.upload_bytes = 0
    theirs.add(conversation, file(bytes(10)))
    expect(theirs.list()).toMatchObject([{ status: 'preparing' }])
    other.connect()
    await world.until(() => theirs.list()[0]?.status === 'failed')
    expect(theirs.list()[0]?.error?.code).toBe('unsupported')
  })

  it('fails when the file cannot be read', async () => {
    const content = new Blob([bytes(300_000)])
    vi.spyOn(content, 'slice').mockImplementation(() => {
      const gone = new Blob()
      gone.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'))
      return gone
    })
    uploads.add(conversation, file(content))
    await world.until(() => uploads.list()[0]?.status === 'failed')
    expect(uploads.list()[0]?.error).toMatchObject({ code: 'bad_field', field: 'bytes' })
    expect(opens()).toEqual([])
  })
})

describe('the way of chunks', () => {
  it('lets a message that is sent in the middle go before the next chunk', async () => {
    uploads.add(conversation, file(bytes(200_000)))
    await world.until(() => chunks().length > 3)
    client.send(conversation, { kind: 'text', text: 'passing by' })
    const before = chunks().length
    await world.until(left)
    const names = world.gateway.socket.said.map(({ name }) => name)
    const chunk = names.indexOf('send')
    const earlier = names.slice(0, chunk).filter(name => name === 'upload_chunk').length
    expect(earlier).toBe(before)
    expect(chunks().length).toBeGreaterThan(before)
  })

  it('waits while the connection holds what was sent, and then goes on', async () => {
    uploads.add(conversation, file(bytes(100_000)))
    await world.until(() => chunks().length > 0)
    world.gateway.socket.bufferedAmount = 20_000
    await world.settle()
    const before = chunks().length
    await world.pass(1_000)
    expect(chunks().length).toBe(before)
    client.send(conversation, { kind: 'text', text: 'all the same' })
    await world.settle()
    expect(world.gateway.texts(conversation)).toContain('all the same')
    world.gateway.socket.bufferedAmount = 0
    await world.pass(10)
    await world.until(left)
    expect(files()[0]?.attachment?.size).toBe(100_000)
  })

  it('is shared by several in turns, four at once', async () => {
    world.gateway.uploads.window = 16_384
    // Hashes are made elsewhere and end whenever they do: there is no connection before all of them are there.
    world.gateway.socket.end()
    for (const seed of [1, 2, 3, 4, 5]) uploads.add(conversation, file(bytes(60_000, seed)))
    await world.until(() => uploads.list().every(({ status }) => status === 'waiting'))
    await world.clock.advance(125)
    await world.until(() => chunks().length >= 8)
    expect(opens()).toHaveLength(4)
    const order = chunks().map(({ upload }) => upload)
    expect(new Set(order.slice(0, 4)).size).toBe(4)
    expect(order.slice(4, 8)).toEqual(order.slice(0, 4))
    await world.until(left)
    expect(files().map(({ have, size }) => [have.length, size])).toEqual(new Array(5).fill([60_000, 60_000]))
    expect(world.gateway.uploads.faults).toEqual([])
  })

  it('is as long as the credit allows, wherever a piece of the file ends', async () => {
    world.gateway.uploads.window = 10_000
    uploads.add(conversation, file(new Blob([bytes(200_000)])))
    await world.until(left)
    expect(chunks().map(({ bytes }) => bytes.length)).toEqual(new Array(20).fill(10_000))
  })

  it('goes on in a page whose timers are slow, with what comes in', async () => {
    world.gateway.uploads.window = 16_384
    uploads.add(conversation, file(bytes(50_000)))
    // No timer runs at all.
    await world.until(left)
    expect(files()[0]?.have).toHaveLength(50_000)
  })
})

describe('an upload that is cut', () => {
  /** The same numbers each time, from 0 up to, but not, 1. */
  function chance(seed: number): () => number {
    let state = seed
    return () => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
  }

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'ten times at random completes with the right bytes (%d)',
    async seed => {
      const random = chance(seed)
      const content = bytes(120_000 + Math.floor(random() * 60_000), seed)
      world.gateway.uploads.window = 1 + Math.floor(random() * 50_000)
      let cuts = 0
      const next = () => world.gateway.frames + 1 + Math.floor(random() * 12)
      world.gateway.fail = socket => {
        world.gateway.break(socket)
        if (++cuts < 10) world.gateway.failAt = next()
      }
      world.gateway.failAt = next()
      uploads.add(conversation, file(seed % 2 ? content : new Blob([content])))
      await finished()
      expect(cuts).toBeGreaterThan(3)
      expect(files()).toHaveLength(1)
      expect(Buffer.compare(files()[0]?.have ?? new Uint8Array(), content)).toBe(0)
      expect(files()[0]?.attachment).toBeDefined()
      expect(world.gateway.uploads.faults).toEqual([])
      const stored = world.gateway.logs.get(conversation)?.stored ?? []
      expect(stored.map(({ content }) => content.attachment?.id)).toEqual([files()[0]?.id])
      expect(new Set(opens().map(({ client_id }) => client_id)).size).toBe(1)
    },
  )

  it('goes on where the gateway is, not where it was itself', async () => {
    uploads.add(conversation, file(bytes(100_000)))
    await world.until(() => chunks().length >= 2)
    const have = files()[0]?.have.length
    world.gateway.socket.end()
    expect(uploads.list()).toMatchObject([{ status: 'waiting' }])
    await world.pass(125)
    await world.until(left)
    const [first] = world.gateway.socket.saidOf('upload_chunk')
    expect(first?.offset).toBe(have)
  })

  it('before its last word is not sent twice', async () => {
    world.gateway.lose = name => name === 'upload_done'
    uploads.add(conversation, file(bytes(1_000)))
    await world.until(() => files()[0]?.attachment !== undefined)
    await world.settle()
    expect(uploads.list()).toMatchObject([{ status: 'sending' }])
    world.gateway.lose = () => false
    world.gateway.socket.end()
    await finished()
    expect(chunks()).toHaveLength(1)
    expect(world.gateway.logs.get(conversation)?.stored).toHaveLength(1)
  })
})

describe('an upload that is refused', () => {
  /** Answers opens with an error, each time this list has one left. */
  function refuse(...errors: ReturnType<typeof wireError>[]): void {
    world.gateway.instead = (socket, { name, ref }) => {
      const error = name === 'upload_open' && errors.shift()
      if (error) world.gateway.tell(socket, 'error', error, ref)
      return Boolean(error)
    }
  }

  it('for now is opened again, with growing waits, not before the gateway wants it', async () => {
    const full = wireError('rate_limited', true)
    refuse(full, full, { ...full, retry_ms: 5_000 })
    uploads.add(conversation, file(bytes(1_000)))
    await world.until(() => opens().length === 1)
    await world.settle()
    const waits: number[] = []
    for (const count of [2, 3, 4]) {
      const from = world.clock.time
      while (opens().length < count) await world.pass(5)
      waits.push(world.clock.time - from)
    }
    expect(waits).toEqual([125, 250, 5_000])
    await world.until(left)
    expect(states()).toEqual(['preparing', 'waiting', 'sending', 'done'])
  })

  it('for good has failed, with the reason, and makes room for the next', async () => {
    world.gateway.limits.uploads_at_once = 1
    refuse(wireError('forbidden'))
    uploads.add(conversation, file(bytes(1_000)))
    uploads.add(conversation, file(bytes(1_000, 2)))
    await world.until(() => uploads.list().length === 1 && client.outbox().length === 0)
    expect(uploads.list()).toMatchObject([{ status: 'failed', error: { code: 'forbidden' } }])
    expect(world.gateway.logs.get(conversation)?.stored).toHaveLength(1)
  })

  it('in the middle is opened again if that may help, and goes on', async () => {
    uploads.add(conversation, file(bytes(100_000)))
    await world.until(() => chunks().length > 0)
    const upload = files()[0]?.id ?? ''
    world.gateway.socket.push('error', { ...wireError('unavailable', true, 1_000), upload })
    expect(uploads.list()).toMatchObject([{ status: 'waiting' }])
    await world.pass(999)
    expect(opens()).toHaveLength(1)
    await world.pass(1)
    await world.until(left)
    expect(opens()).toHaveLength(2)
    expect(files()[0]?.attachment).toBeDefined()
  })

  it('because it went astray is opened again, but not for ever', async () => {
    world.gateway.instead = (socket, { name, body }) => {
      if (name !== 'upload_chunk') return false
      world.gateway.tell(socket, 'error', { ...wireError('not_found'), upload: body.upload })
      return true
    }
    uploads.add(conversation, file(bytes(10)))
    await world.until(() => chunks().length > 0)
    await world.pass(60_000)
    expect(opens()).toHaveLength(6)
    expect(uploads.list()).toMatchObject([{ status: 'failed', error: { code: 'not_found' } }])
    world.gateway.instead = (socket, { name, body }) => {
      const strayed = name === 'upload_chunk' && opens().length < 8
      if (strayed) {
        const error = { ...wireError('bad_field'), field: 'offset', upload: body.upload }
        world.gateway.tell(socket, 'error', error)
      }
      return strayed
    }
    uploads.cancel(uploads.list()[0]?.client_id ?? '')
    uploads.add(conversation, file(bytes(50_000, 3)))
    await world.until(() => opens().length > 6)
    await world.pass(1_000)
    await world.until(left)
    expect(files().at(-1)?.attachment).toBeDefined()
  })

  it('at its end, because the bytes are not those that were hashed, has failed', async () => {
    const content = bytes(60_000)
    uploads.add(conversation, file(content))
    await world.until(() => chunks().length > 0)
    content.fill(0)
    await world.until(() => uploads.list()[0]?.status === 'failed')
    expect(uploads.list()[0]?.error).toMatchObject({ code: 'bad_field', field: 'sha256' })
    expect(world.gateway.logs.get(conversation)?.stored).toEqual([])
    expect(world.gateway.socket.saidOf('upload_abort')).toEqual([])
  })
})

describe('an upload that is given up', () => {
  it('ends at the gateway too', async () => {
    const id = uploads.add(conversation, file(bytes(200_000)))
    await world.until(() => chunks().length > 0)
    const upload = files()[0]?.id
    uploads.cancel(id)
    expect(told.at(-1)?.status).toBe('cancelled')
    await world.settle()
    const before = chunks().length
    await world.pass(1_000)
    expect(world.gateway.socket.saidOf('upload_abort')).toEqual([{ upload }])
    expect(chunks().length).toBe(before)
    expect(files()).toEqual([])
    uploads.cancel(id)
    expect(uploads.list()).toEqual([])
  })

  it('ends there as soon as its name is known, when it was being opened', async () => {
    const id = uploads.add(conversation, file(bytes(1_000)))
    await world.until(() => uploads.list()[0]?.status === 'waiting')
    uploads.cancel(id)
    await world.settle()
    expect(world.gateway.socket.saidOf('upload_abort')).toHaveLength(opens().length)
    expect(chunks()).toEqual([])
    expect(files()).toEqual([])
  })

  it('by the session, which stands for another visitor now, has failed', async () => {
    uploads.add(conversation, file(bytes(200_000)))
    await world.until(() => chunks().length > 0)
    await Promise.all([client.identify({ token: 'sub:ada' }), world.settle()])
    expect(uploads.list()).toMatchObject([{ status: 'failed', error: { code: 'not_found' } }])
    const before = chunks().length
    await world.pass(1_000)
    expect(chunks().length).toBe(before)
  })

  it('by a client that was made to forget whose it is, is not sent in the name of the next', async () => {
    uploads.add(conversation, file(bytes(200_000)))
    await world.until(() => chunks().length > 0)
    client.forget()
    client.connect()
    await world.settle()
    expect(uploads.list()).toMatchObject([{ status: 'failed', error: { code: 'not_found' } }])
    expect(world.gateway.socket.saidOf('upload_open')).toEqual([])
  })
})
