import { beforeEach, expect, test, vi } from 'vitest'
import { type Client, RequestError } from '../client/index.ts'
import { Turns } from './turns.ts'

/** As much of a client as turns look at. */
class Line {
  state: Client['state'] = 'online'
  refusal: Client['refusal']
  #heard = new Set<() => void>()

  on(_: string, heard: () => void): () => void {
    this.#heard.add(heard)
    return () => this.#heard.delete(heard)
  }

  become(state: Client['state'], refusal?: Client['refusal']): void {
    this.state = state
    this.refusal = refusal
    for (const heard of [...this.#heard]) heard()
  }
}

let line: Line
let turns: Turns
beforeEach(() => {
  line = new Line()
  turns = new Turns(line as unknown as Client)
})

const failure = (retryable: boolean) =>
  new RequestError({ code: 'unavailable', retryable, retry_ms: 0, text: 'not now' })

test('one after the other, each once there is a connection', async () => {
  line.state = 'connecting'
  const done: string[] = []
  const all = ['a', 'b'].map(name => turns.take(async () => done.push(name)))
  turns.after(() => done.push('c'))
  await Promise.resolve()
  expect(done).toEqual([])
  line.become('online')
  await Promise.all(all)
  await vi.waitFor(() => expect(done).toEqual(['a', 'b', 'c']))
  turns.after(() => done.push('at once'))
  expect(done.at(-1)).toBe('at once')
})

test('what the gateway takes later is tried again, what it does not take fails, and the next one has its turn', async () => {
  const run = vi.fn<() => Promise<string>>().mockRejectedValueOnce(failure(true)).mockResolvedValue('taken')
  expect(await turns.take(run)).toBe('taken')
  await expect(turns.take(() => Promise.reject(failure(false)))).rejects.toThrow('not now')
  const never = vi.fn(() => Promise.reject(failure(true)))
  await expect(turns.take(never)).rejects.toThrow('not now')
  expect(never).toHaveBeenCalledTimes(5)
  expect(await turns.take(async () => 7)).toBe(7)
})

test('what may have arrived before the connection went is tried again only where that does no harm', async () => {
  const lost = () => {
    line.become('reconnecting')
    return Promise.reject(failure(true))
  }
  const tracked = vi.fn(lost)
  await expect(turns.take(tracked, false)).rejects.toThrow('not now')
  expect(tracked).toHaveBeenCalledTimes(1)
  line.become('online')
  const updated = vi.fn<() => Promise<string>>().mockImplementationOnce(lost).mockResolvedValue('taken')
  const taken = turns.take(updated)
  await vi.waitFor(() => expect(line.state).toBe('reconnecting'))
  line.become('online')
  expect(await taken).toBe('taken')
})

test('a gateway that refuses the page fails what waits; a reset fails what was asked before it', async () => {
  line.state = 'connecting'
  const waits = turns.take(async () => 'never')
  line.become('closed', { code: 4504, reason: 'no widget' } as NonNullable<Client['refusal']>)
  await expect(waits).rejects.toMatchObject({ code: 'forbidden' })
  line.become('connecting')
  const before = turns.take(async () => 'never')
  turns.drop()
  const after = turns.take(async () => 'as somebody new')
  line.become('online')
  await expect(before).rejects.toMatchObject({ code: 'conflict' })
  expect(await after).toBe('as somebody new')
})

test('at most a hundred wait', async () => {
  line.state = 'connecting'
  const all = Array.from({ length: 100 }, () => turns.take(async () => {}))
  expect(() => turns.take(async () => {})).toThrow(/at most 100/)
  line.become('online')
  await Promise.all(all)
  await turns.take(async () => {})
})
