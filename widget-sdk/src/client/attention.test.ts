import { beforeEach, describe, expect, it } from 'vitest'
import { DRAFT_MS, READ_MS, TYPING_MS } from './attention.ts'
import { FakeWorld, heard } from './fake-world.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

describe('typing', () => {
  const told = () => world.gateway.socket.saidOf('typing').map(({ on }) => on)

  it('is told at most every 3 s, however many keys are pressed', async () => {
    const { client, conversation } = await world.talking()
    for (let ms = 0; ms < 7_000; ms += 100) {
      client.typing(conversation, true)
      await world.pass(100)
    }
    expect(told()).toEqual([true, true, true])
    expect(TYPING_MS).toBe(3_000)
  })

  it('is ended at once, and only after it was told', async () => {
    const { client, conversation } = await world.talking()
    client.typing(conversation, false)
    await world.settle()
    expect(told()).toEqual([])
    client.typing(conversation, true)
    client.typing(conversation, false)
    client.typing(conversation, false)
    client.typing(conversation, true)
    await world.settle()
    expect(told()).toEqual([true, false, true])
  })

  it('ends with the entry that was typed, without a word', async () => {
    const { client, conversation } = await world.talking()
    client.typing(conversation, true)
    client.send(conversation, { kind: 'text', text: 'done' })
    client.typing(conversation, false)
    client.typing(conversation, true)
    await world.settle()
    expect(told()).toEqual([true, true])
  })

  it('is nothing that waits for a connection', async () => {
    const { client, conversation } = await world.talking()
    client.typing(conversation, true)
    await world.settle()
    world.gateway.socket.end()
    client.typing(conversation, true)
    client.typing(conversation, false)
    await world.pass(125)
    expect(told()).toEqual([])
    client.typing(conversation, true)
    await world.settle()
    expect(told()).toEqual([true])
  })
})

describe('a draft', () => {
  const told = () => world.gateway.socket.saidOf('typing').map(({ draft }) => draft)

  it('is told where the organization wants it, every second and to its last letter', async () => {
    world.gateway.visitor.settings.draft_preview = true
    const { client, conversation } = await world.talking()
    const text = 'How much is it?'
    for (let length = 1; length <= text.length; length++) {
      client.typing(conversation, true, text.slice(0, length))
      await world.pass(150)
    }
    expect(told()).toEqual(['H', 'How muc', 'How much is it'])
    await world.pass(DRAFT_MS)
    expect(told().at(-1)).toBe(text)
    await world.pass(10_000)
    expect(told()).toHaveLength(4)
    client.typing(conversation, true, text)
    await world.settle()
    expect(told()).toHaveLength(5)
  })

  it('that was taken back or sent is not told any more', async () => {
    world.gateway.visitor.settings.draft_preview = true
    const { client, conversation } = await world.talking()
    client.typing(conversation, true, 'a')
    client.typing(conversation, true, 'ab')
    client.typing(conversation, false)
    await world.pass(5_000)
    expect(told()).toEqual(['a', undefined])
    client.typing(conversation, true, 'b')
    client.typing(conversation, true, 'bc')
    client.send(conversation, { kind: 'text', text: 'bc' })
    await world.pass(5_000)
    expect(told()).toEqual(['a', undefined, 'b'])
    expect(world.clock.timers).toBe(1)
  })

  it('is cut to what the gateway takes', async () => {
    world.gateway.visitor.settings.draft_preview = true
    const { client, conversation } = await world.talking()
    client.typing(conversation, true, 'ü'.repeat(5_000))
    await world.settle()
    expect(told()).toEqual(['ü'.repeat(1_000)])
  })

  it("stays the visitor's where the organization does not want it", async () => {
    const { client, conversation } = await world.talking()
    client.typing(conversation, true, 'secret')
    client.typing(conversation, true, 'secrets')
    await world.pass(2_000)
    expect(world.gateway.socket.saidOf('typing')).toEqual([{ conversation, on: true }])
  })
})

describe('reading', () => {
  const told = () => world.gateway.socket.saidOf('read').map(({ seq }) => seq)

  it('is gathered, goes only forward, and is told here at once', async () => {
    const { client, conversation } = await world.talking()
    const readBy = heard(client, 'read_by')
    for (const seq of [1, 3, 2, 3]) client.read(conversation, seq)
    expect(readBy.map(({ seq, participant }) => [seq, participant.id])).toEqual([
      [1, client.me?.id],
      [3, client.me?.id],
    ])
    await world.pass(READ_MS)
    expect(told()).toEqual([3])
    client.read(conversation, 3)
    client.read(conversation, 5)
    client.read('conversation-other', 1)
    await world.pass(READ_MS)
    expect(told()).toEqual([3, 5, 1])
    const frames = world.gateway.socket.said.filter(({ name }) => name === 'read')
    expect(frames.every(({ ref }) => ref === 0)).toBe(true)
  })

  it('waits for a connection, and is told again when one went that may have taken it along', async () => {
    const { client, conversation } = await world.talking()
    client.read(conversation, 1)
    await world.pass(READ_MS + 60_000)
    client.read('conversation-other', 2)
    await world.pass(READ_MS)
    world.gateway.socket.end()
    client.read(conversation, 4)
    await world.pass(READ_MS + 250)
    expect(client.state).toBe('online')
    expect(told()).toEqual([4, 2])
    world.gateway.socket.end()
    await world.pass(500)
    expect(told()).toEqual([4, 2])
  })

  it('goes out before the client closes', async () => {
    const { client, conversation } = await world.talking()
    client.read(conversation, 2)
    client.close()
    expect(told()).toEqual([2])
  })
})
