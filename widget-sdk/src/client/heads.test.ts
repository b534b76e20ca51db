import { beforeEach, describe, expect, it } from 'vitest'
import { wireError } from './fake-server.ts'
import { FakeWorld, heard } from './fake-world.ts'
import { ASKS_AT_ONCE, GAP_MS, REPLAY_MS } from './follows.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const agent = { hello: () => ({ role: 'agent' as const }) }
const follows = () => world.gateway.sockets.flatMap(socket => socket.saidOf('follow'))

/** An agent who follows so many conversations, each with one entry. */
async function following(count: number) {
  const client = await world.online(agent)
  const ids = Array.from({ length: count }, () => world.gateway.open('visitor-9').id)
  for (const id of ids) {
    world.gateway.say(id, 'one')
    client.follow(id)
  }
  await world.settle()
  await world.pass(GAP_MS)
  return { client, ids, asked: follows().length }
}

describe('the heads of a ping', () => {
  it('that are known change nothing, and the ping is answered', async () => {
    const { asked } = await following(3)
    world.gateway.ping()
    await world.pass(30_000)
    expect(follows()).toHaveLength(asked)
    expect(world.gateway.socket.saidOf('pong')).toHaveLength(1)
  })

  it('show what was missed on a connection that lives, and it is asked for', async () => {
    const { client, ids, asked } = await following(3)
    const [missed = ''] = ids
    const replays = heard(client, 'replay')
    world.gateway.lose = name => name === 'entry' || name === 'stored'
    world.gateway.say(missed, 'two')
    await world.settle()
    world.gateway.ping()
    await world.pass(GAP_MS + 125)
    expect(follows().slice(asked)).toEqual([{ conversation: missed, cursor: 1 }])
    expect(replays.flatMap(({ entries }) => entries.map(({ content }) => content.text))).toEqual(['two'])
  })

  it('of what is just on its way ask for nothing', async () => {
    const { ids, asked } = await following(1)
    const [id = ''] = ids
    world.gateway.socket.push('ping', { heads: [{ conversation: id, head: 2 }] })
    world.gateway.say(id, 'two')
    await world.pass(30_000)
    expect(follows()).toHaveLength(asked)
  })

  it('of many logs lead to no storm: some at a time, and each is brought up to date', async () => {
    const { ids, asked } = await following(40)
    world.gateway.lose = name => name === 'entry' || name === 'stored'
    for (const id of ids) world.gateway.say(id, 'two')
    await world.settle()
    world.gateway.lose = () => false
    world.gateway.instead = (_, { name }) => name === 'follow'
    world.gateway.ping()
    world.gateway.ping()
    for (let second = 0; second < 10; second++) {
      await world.pass(1_000)
      world.gateway.ping()
    }
    expect(follows()).toHaveLength(asked + ASKS_AT_ONCE)
    world.gateway.instead = () => false
    await world.pass(REPLAY_MS)
    // Each from its cursor: however long it waited for its turn, nothing says that its log has become another one.
    expect(follows().slice(asked)).toEqual(
      expect.arrayContaining(ids.map(conversation => ({ conversation, cursor: 1 }))),
    )
    expect(follows()).toHaveLength(asked + ASKS_AT_ONCE + ids.length)
    world.gateway.socket.end()
    await world.pass(125)
    expect(world.gateway.socket.saidOf('hello')[0]?.resume?.map(({ cursor }) => cursor)).toEqual(
      ids.map(() => 2),
    )
  })

  it('that never come true are asked for ever more rarely', async () => {
    const { ids, asked } = await following(1)
    const [conversation = ''] = ids
    for (let minute = 0; minute < 10; minute++) {
      world.gateway.socket.push('ping', { heads: [{ conversation, head: 9 }] })
      await world.pass(25_000)
    }
    expect(follows().length - asked).toBeLessThanOrEqual(40)
  })
})

describe('resuming many', () => {
  it('names as many in the hello as the gateway takes, and follows the others some at a time', async () => {
    world.gateway.limits.resume_cursors = 50
    const { client, ids } = await following(130)
    let [open, most] = [0, 0]
    world.gateway.socket.end()
    client.on('welcome', () => {
      open = 0
    })
    client.on('replay', ({ more }) => {
      if (!more) open--
    })
    world.gateway.instead = (_, { name }) => {
      if (name === 'follow') most = Math.max(most, ++open)
      return false
    }
    for (const id of ids) world.gateway.say(id, 'two')
    await world.pass(125)
    const { socket } = world.gateway
    expect(socket.saidOf('hello')[0]?.resume).toHaveLength(50)
    expect(socket.saidOf('follow')).toHaveLength(80)
    expect(most).toBeLessThanOrEqual(ASKS_AT_ONCE)
    socket.end()
    await world.pass(250)
    expect(client.state).toBe('online')
    const cursors = world.gateway.socket.saidOf('hello')[0]?.resume
    expect(cursors?.every(({ cursor }) => cursor === 2)).toBe(true)
  })

  it('waits for replays that come one after the other, and asks again once none comes', async () => {
    const { client, ids, asked } = await following(3)
    const [first = '', second = ''] = ids
    world.gateway.lose = name => name === 'replay'
    world.gateway.limits.silence_ms = 3_600_000
    world.gateway.socket.end()
    await world.pass(125)
    const log = world.gateway.logs.get(first)
    if (!log) return
    for (let page = 0; page < 3; page++) {
      await world.pass(REPLAY_MS - 1_000)
      const summary = world.gateway.summary(log)
      world.gateway.socket.push('replay', { summary, reset: false, entries: [], more: true })
    }
    expect(follows()).toHaveLength(asked)
    world.gateway.lose = () => false
    await world.pass(4 * REPLAY_MS)
    expect(follows().slice(asked)).toContainEqual({ conversation: second, cursor: 1 })
    expect(client.state).toBe('online')
  })

  it('lets one go that is refused, and none of the others', async () => {
    const { client, ids, asked } = await following(3)
    const errors = heard(client, 'error')
    const [gone = '', ...left] = ids
    world.gateway.socket.end()
    world.gateway.logs.delete(gone)
    await world.pass(125)
    expect(errors.map(({ code, conversation }) => [code, conversation])).toEqual([['not_found', gone]])
    world.gateway.socket.end()
    await world.pass(250)
    const resumed = world.gateway.socket.saidOf('hello')[0]?.resume
    expect(resumed?.map(({ conversation }) => conversation)).toEqual(left)
    expect(follows()).toHaveLength(asked)
  })

  it('asks again for one that failed for now, with growing waits', async () => {
    const { ids, asked } = await following(2)
    const [slow = ''] = ids
    world.gateway.instead = (socket, { name, ref, body }) => {
      if (name !== 'follow' || body.conversation !== slow) return false
      world.gateway.tell(socket, 'error', { ...wireError('internal', true), conversation: slow }, ref)
      return true
    }
    world.gateway.lose = name => name === 'replay'
    world.gateway.socket.end()
    await world.pass(125)
    world.gateway.lose = () => false
    world.gateway.socket.push('error', { ...wireError('unavailable', true, 2_000), conversation: slow })
    await world.pass(1_999)
    expect(follows()).toHaveLength(asked)
    const times: number[] = []
    for (let ms = 0, count = asked; ms < 10_000; ms += 25) {
      await world.pass(25)
      if (follows().filter(({ conversation }) => conversation === slow).length + asked - 1 > count) {
        times.push(world.clock.time)
        count++
      }
    }
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    expect(waits.length).toBeGreaterThan(3)
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
  })
})
