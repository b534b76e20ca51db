import { beforeEach, describe, expect, it } from 'vitest'
import { FakeWorld, heard } from './fake-world.ts'
import { PENALTY_MS, PROBE_MS } from './socket.ts'
import { uploadsOf } from './uploads.ts'
import { CloseCode } from './wire.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const text = (words: string) => ({ kind: 'text' as const, text: words })
const throttle = (retry_ms: number) => world.gateway.socket.push('throttle', { scope: 'session', retry_ms })
const saidSince = (from: number) => world.gateway.socket.said.slice(from).map(({ name }) => name)

describe('a gateway that has enough for now', () => {
  it('gets nothing for as long as it says, and then everything, in order', async () => {
    const { client, conversation } = await world.talking()
    const throttles = heard(client, 'throttle')
    const from = world.gateway.socket.said.length
    throttle(2_000)
    throttle(500)
    client.send(conversation, text('one'))
    client.send(conversation, text('two'))
    client.read(conversation, 1)
    await world.pass(1_999)
    expect(saidSince(from)).toEqual([])
    await world.pass(1)
    expect(world.gateway.texts(conversation)).toEqual(['one', 'two'])
    expect(saidSince(from)).toContain('read')
    expect(throttles).toHaveLength(2)
  })

  it('gets no parts of files either, which would go before what waits', async () => {
    const { client, conversation } = await world.talking()
    const uploads = uploadsOf(client, world.clock)
    uploads.add(conversation, { bytes: new Uint8Array(200_000), name: 'a.txt', type: 'text/plain' })
    const { socket } = world.gateway
    await world.until(() => socket.saidOf('upload_chunk').length > 2)
    throttle(2_000)
    client.send(conversation, text('waits'))
    const from = socket.said.length
    await world.pass(1_999)
    expect(saidSince(from)).toEqual([])
    await world.pass(1)
    expect(saidSince(from).slice(0, 2)).toEqual(['send', 'upload_chunk'])
    await world.until(() => uploads.list().length === 0)
  })

  it('hears nothing of typing that is over by then, and is answered when it asks whether anybody is there', async () => {
    const { client, conversation } = await world.talking()
    const from = world.gateway.socket.said.length
    throttle(2_000)
    client.typing(conversation, true)
    world.gateway.socket.push('ping', {}, 3)
    await world.pass(2_000)
    expect(saidSince(from)).toEqual(['pong'])
  })

  it('has its time to answer a probe once it may be asked', async () => {
    const { client } = await world.talking()
    const from = world.gateway.socket.said.length
    throttle(20_000)
    client.probe()
    world.gateway.instead = (_, { name }) => name === 'ping'
    await world.pass(20_000 + PROBE_MS - 1)
    expect(saidSince(from)).toEqual(['ping'])
    expect(world.gateway.sockets).toHaveLength(1)
    await world.pass(1)
    expect(world.gateway.sockets).toHaveLength(2)
  })

  it('is not waited for on the next connection', async () => {
    const { client, conversation } = await world.talking()
    throttle(60_000)
    client.send(conversation, text('held'))
    await world.settle()
    world.gateway.socket.end()
    await world.pass(125)
    expect(world.gateway.texts(conversation)).toEqual(['held'])
    expect(client.state).toBe('online')
  })

  it('is left alone for a while after it has closed a client that went on', async () => {
    const client = await world.online()
    for (const chance of [0, 0.5, 0.999]) {
      world.clock.chance = chance
      world.gateway.socket.end(CloseCode.RateLimited)
      expect(client.state).toBe('reconnecting')
      expect(world.clock.next).toBe(PENALTY_MS * (1 + chance))
      // Whoever comes back to the page does not bring it back earlier.
      await world.pass(PENALTY_MS * chance)
      client.probe()
      await world.settle()
      expect(client.state).toBe('reconnecting')
      await world.pass(2 * PENALTY_MS)
      expect(client.state).toBe('online')
      await world.pass(PENALTY_MS)
    }
  })
})
