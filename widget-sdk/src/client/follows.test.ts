import { beforeEach, describe, expect, it } from 'vitest'
import { AGENT, wireError } from './fake-server.ts'
import { FakeWorld, heard } from './fake-world.ts'
import { FUTILE_REPLAYS, GAP_MS, REPLAY_MS } from './follows.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const follows = () => world.gateway.sockets.flatMap(socket => socket.saidOf('follow'))

/** A visitor with `entries` entries in their conversation, who is past the time in which a gap is asked for later. */
async function talking(entries = 2) {
  const { client, conversation } = await world.talking()
  for (let i = 1; i <= entries; i++) world.gateway.say(conversation, `entry ${i}`)
  await world.pass(GAP_MS)
  return { client, conversation, replays: heard(client, 'replay') }
}

describe('following', () => {
  it('asks once, and resumes by cursor after each reconnect', async () => {
    const client = await world.online({ hello: () => ({ role: 'agent' }) })
    const { id } = world.gateway.open('visitor-9')
    for (let i = 0; i < 5; i++) world.gateway.say(id, `${i}`)
    await world.settle()
    client.follow(id)
    client.follow(id)
    await world.settle()
    expect(follows()).toEqual([{ conversation: id }])
    world.gateway.say(id, 'live')
    await world.settle()
    world.gateway.socket.end()
    world.gateway.say(id, 'missed')
    await world.pass(125)
    expect(world.gateway.socket.saidOf('hello')[0]?.resume).toEqual([{ conversation: id, cursor: 6 }])
    world.gateway.socket.end()
    await world.pass(250)
    expect(world.gateway.socket.saidOf('hello')[0]?.resume).toEqual([{ conversation: id, cursor: 7 }])
    expect(follows()).toHaveLength(1)
  })

  it('ends when asked, once, and is not resumed then', async () => {
    const { client, conversation } = await talking()
    client.unfollow(conversation)
    client.unfollow(conversation)
    await world.settle()
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([{ conversation }])
    client.unfollow('conversation-other')
    await world.settle()
    expect(world.gateway.socket.saidOf('unfollow')).toHaveLength(1)
  })

  it('goes on while the outbox holds something for the conversation', async () => {
    const { client, conversation } = await talking()
    world.gateway.holding = true
    client.send(conversation, { kind: 'text', text: 'slow' })
    client.unfollow(conversation)
    await world.settle()
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([])
    world.gateway.release()
    await world.settle()
    expect(client.outbox()).toEqual([])
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([{ conversation }])
  })

  it('begins anew for a view that holds nothing: at once, or behind a replay that is under way', async () => {
    const { client, conversation, replays } = await talking(3)
    client.follow(conversation, true)
    await world.settle()
    expect(follows()).toEqual([{ conversation }])
    expect(replays.map(({ reset }) => reset)).toEqual([true])

    world.gateway.socket.end()
    for (let i = 0; i < 4; i++) world.gateway.say(conversation, 'missed')
    let asked = false
    client.on('replay', ({ more }) => {
      if (more && !asked) client.follow(conversation, true)
      asked = true
    })
    await world.pass(125)
    expect(follows()).toEqual([{ conversation }, { conversation }])
    expect(replays.map(({ reset }) => reset)).toEqual([true, false, false, true])
  })

  it('resumes at most 100 in the hello, and the others behind it', async () => {
    const client = await world.online({ hello: () => ({ role: 'agent' }) })
    for (let i = 0; i < 130; i++) client.follow(world.gateway.open('visitor-9').id)
    await world.settle()
    world.gateway.socket.end()
    await world.pass(125)
    expect(world.gateway.socket.saidOf('hello')[0]?.resume).toHaveLength(100)
    expect(world.gateway.socket.saidOf('follow')).toHaveLength(30)
  })

  it('is given up when it is refused for good, and tried again when not', async () => {
    const client = await world.online()
    const errors = heard(client, 'error')
    client.follow('conversation-gone')
    await world.settle()
    expect(errors.map(({ code }) => code)).toEqual(['not_found'])

    const { id } = world.gateway.open(client.me?.id ?? '')
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'follow') world.gateway.tell(socket, 'error', wireError('unavailable', true, 2_000), ref)
      return name === 'follow'
    }
    const replays = heard(client, 'replay')
    client.follow(id)
    await world.settle()
    world.gateway.instead = () => false
    await world.pass(2_000)
    expect(replays).toHaveLength(1)
    expect(errors).toHaveLength(1)
  })

  it('asks again when a replay fails in the middle of it', async () => {
    const { conversation, replays, client } = await talking(1)
    const errors = heard(client, 'error')
    let pages = 0
    world.gateway.lose = name => name !== 'replay' || ++pages === 2
    for (let i = 0; i < 5; i++) world.gateway.say(conversation, 'missed')
    await world.settle()
    const stored = { conversation, seq: 6, id: 'e6', sender: AGENT, client_id: 'c6', at: 1 }
    world.gateway.socket.push('stored', stored)
    await world.settle()
    expect(replays.map(({ more }) => more)).toEqual([true])
    const { ref } = world.gateway.socket.said.at(-1) ?? {}
    world.gateway.socket.push('error', wireError('unavailable', true, 2_000), ref)
    await world.pass(2_000)
    expect(follows()).toEqual([
      { conversation, cursor: 1 },
      { conversation, cursor: 3 },
    ])
    expect(replays.at(-1)?.more).toBe(false)
    expect(errors).toEqual([])
  })

  it('asks again when a replay does not come, also one of the hello', async () => {
    const { client, conversation, replays } = await talking()
    world.gateway.limits.silence_ms = 3_600_000
    world.gateway.lose = name => name === 'replay'
    world.gateway.socket.end()
    world.gateway.instead = (socket, { name, ref, body }) => {
      if (name !== 'hello') return false
      const { limits } = world.gateway
      const visitor = client.welcome?.visitor
      const welcome = { now: 0, features: [], limits, ...(visitor && { visitor }) }
      if (body.resume?.length) world.gateway.tell(socket, 'welcome', welcome, ref)
      return true
    }
    await world.pass(125)
    expect(client.state).toBe('online')
    expect(follows()).toEqual([])
    await world.pass(REPLAY_MS)
    expect(follows()).toEqual([{ conversation, cursor: 2 }])
    expect(replays).toEqual([])
  })
})

describe('a gap', () => {
  it('is noticed at an entry that comes too early, and asked for with the cursor', async () => {
    const { conversation, replays } = await talking()
    const [missed, seen] = [3, 4].map(seq => {
      return {
        conversation,
        id: `e${seq}`,
        seq,
        sender: AGENT,
        client_id: `c${seq}`,
        at: 1,
        content: { kind: 'text' as const, text: `entry ${seq}` },
      }
    })
    if (!missed || !seen) return
    world.gateway.logs.get(conversation)?.stored.push(missed, seen)
    world.gateway.socket.push('entry', seen)
    await world.settle()
    expect(follows()).toEqual([{ conversation, cursor: 2 }])
    expect(replays.flatMap(({ entries }) => entries.map(({ seq }) => seq))).toEqual([3, 4])
  })

  it('is noticed at a stored for an entry that never came', async () => {
    const { conversation, replays } = await talking()
    world.gateway.lose = name => name === 'entry'
    world.gateway.say(conversation, 'lost on its way')
    await world.settle()
    expect(follows()).toEqual([{ conversation, cursor: 2 }])
    expect(replays.flatMap(({ entries }) => entries.map(({ seq }) => seq))).toEqual([3])
  })

  it("is noticed at a stored for another tab's entry, and not at one for its own", async () => {
    const { client, conversation } = await talking()
    world.gateway.lose = name => name === 'entry'
    client.send(conversation, { kind: 'text', text: 'mine' })
    await world.settle()
    expect(follows()).toEqual([])
    await world.pass(GAP_MS)
    world.gateway.say(conversation, 'from another tab', client.me)
    await world.settle()
    expect(follows()).toEqual([{ conversation, cursor: 3 }])
  })

  it('is noticed after the stored of an entry was lost, at the next one', async () => {
    const { conversation } = await talking()
    world.gateway.lose = name => name === 'stored'
    world.gateway.say(conversation, 'three')
    await world.settle()
    expect(follows()).toEqual([])
    world.gateway.lose = () => false
    world.gateway.say(conversation, 'four')
    await world.settle()
    expect(follows()).toEqual([{ conversation, cursor: 2 }])
  })

  it('is noticed at a stored for what was pending before the connection broke', async () => {
    const { conversation } = await talking()
    world.gateway.holding = true
    world.gateway.say(conversation, 'pending')
    await world.settle()
    world.gateway.socket.end()
    await world.pass(125)
    await world.pass(GAP_MS)
    // The replay did not hold it, so whoever shows the log has forgotten it.
    world.gateway.release()
    await world.settle()
    expect(follows()).toEqual([{ conversation, cursor: 2 }])
  })

  it('is no gap when storeds come in another order', async () => {
    const { client, conversation } = await talking(0)
    const entry = (seq: number) => ({
      conversation,
      id: `e${seq}`,
      sender: AGENT,
      client_id: `c${seq}`,
      at: 1,
    })
    const content = { kind: 'text' as const, text: 'x' }
    for (const seq of [1, 2, 3]) world.gateway.socket.push('entry', { ...entry(seq), content })
    world.gateway.page = 0
    for (const seq of [3, 1, 2]) world.gateway.socket.push('stored', { ...entry(seq), seq })
    await world.settle()
    world.gateway.page = 2
    world.gateway.socket.end()
    await world.pass(125)
    expect(world.gateway.socket.saidOf('hello')[0]?.resume).toEqual([{ conversation, cursor: 3 }])
    expect(client.state).toBe('online')
  })

  it('that a summary tells of waits, for what may still be on its way', async () => {
    const client = await world.online({ hello: () => ({ role: 'agent' }) })
    const log = world.gateway.open('visitor-9')
    client.follow(log.id)
    await world.settle()
    await world.pass(GAP_MS)
    world.gateway.lose = name => name === 'entry' || name === 'stored'
    world.gateway.say(log.id, 'unseen')
    await world.settle()
    world.gateway.socket.push('summary', world.gateway.summary(log))
    await world.pass(GAP_MS)
    expect(follows()).toHaveLength(1)
    await world.pass(125)
    expect(follows()).toEqual([{ conversation: log.id }, { conversation: log.id, cursor: 0 }])

    world.gateway.lose = () => false
    world.gateway.socket.push('summary', { ...world.gateway.summary(log), head: 2 })
    world.gateway.say(log.id, 'just behind its summary')
    await world.pass(10_000)
    expect(follows()).toHaveLength(2)
  })

  it('that no replay fills is asked for ever more rarely, and then the log anew', async () => {
    const { conversation, replays } = await talking()
    world.gateway.limits.silence_ms = 3_600_000
    world.gateway.socket.end()
    await world.pass(125)
    await world.pass(GAP_MS)
    const stored = { conversation, seq: 9, id: 'e9', sender: AGENT, client_id: 'c9', at: 1 }
    world.gateway.socket.push('stored', stored)
    const times: number[] = []
    const start = world.clock.time
    let asked = 0
    for (let ms = 0; ms < 60_000; ms += 125) {
      await world.pass(125)
      if (follows().length > asked) times.push(world.clock.time - start)
      asked = follows().length
    }
    // The log says that there is no such entry. Reset, the client believes it.
    const cursors = follows().map(({ cursor }) => cursor)
    expect(cursors).toEqual([...new Array(FUTILE_REPLAYS).fill(2), undefined])
    const waits = times.map((time, i) => time - (times[i - 1] ?? 0))
    expect(waits.slice(1)).toEqual([...waits.slice(1)].sort((a, b) => a - b))
    expect(replays.at(-1)?.reset).toBe(true)
  })

  it('is asked for once at a time, and not again within a second', async () => {
    const { conversation } = await talking()
    world.gateway.lose = name => name === 'entry'
    for (let i = 0; i < 10; i++) world.gateway.say(conversation, `burst ${i}`)
    await world.settle()
    expect(follows()).toHaveLength(1)
    for (let i = 0; i < 10; i++) world.gateway.say(conversation, `burst ${i}`)
    await world.settle()
    expect(follows()).toHaveLength(1)
    await world.pass(GAP_MS + 125)
    expect(follows()).toHaveLength(2)
    world.gateway.lose = () => false
    await world.pass(60_000)
    expect(follows()).toHaveLength(2)
  })
})
