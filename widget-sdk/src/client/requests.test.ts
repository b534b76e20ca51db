import { beforeEach, describe, expect, it } from 'vitest'
import { AGENT, wireError } from './fake-server.ts'
import { FakeWorld, heard } from './fake-world.ts'
import { watchVisitors } from './watching.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const agent = { hello: () => ({ role: 'agent' as const }) }

describe('requests', () => {
  it('of a visitor have the replies that belong to them', async () => {
    const { client, conversation } = await world.talking()
    const replies = Promise.all([
      client.request('update', { name: 'Ada', attributes: { plan: 'pro', seats: 3, old: null } }),
      client.request('track', { name: 'checkout', properties: { total: 12.5 } }),
      client.request('inbox', {}),
    ])
    await world.settle()
    const [updated, tracked, inbox] = await replies
    expect([updated, tracked]).toEqual([{}, {}])
    expect(inbox.conversations.map(summary => summary.conversation)).toEqual([conversation])
    expect(world.gateway.socket.saidOf('update')).toEqual([
      { name: 'Ada', attributes: { plan: 'pro', seats: 3, old: null } },
    ])
  })

  it('that nobody waits for end with their connection without a word', async () => {
    const { client, conversation } = await world.talking()
    const errors = heard(client, 'error')
    client.page({ url: 'https://shop.example/' })
    world.gateway.socket.end()
    await world.pass(125)
    client.unfollow(conversation)
    client.close()
    expect(errors).toEqual([])
  })

  it('of an agent have the replies that belong to them', async () => {
    const client = await world.online(agent)
    const replies = Promise.all([
      client.request('profile', { visitor: 'visitor-1' }),
      client.request('set_availability', { availability: 'away' }),
      client.request('inbox_sync', { known: [{ conversation: 'gone', head: 1, agent_read: 0 }] }),
    ])
    await world.settle()
    const [profile, chosen, changes] = await replies
    expect(profile.visitor.id).toBe('visitor-1')
    expect(chosen).toEqual({})
    expect(changes).toEqual({ changed: [], gone: ['gone'], more: false })
  })

  it('are not answered by a ping that has their number', async () => {
    const client = await world.online(agent)
    world.gateway.instead = (_, { name }) => name === 'profile'
    let answered = false
    void client.request('profile', { visitor: 'visitor-1' }).then(() => {
      answered = true
    })
    await world.settle()
    world.gateway.socket.push('ping', {}, world.gateway.socket.said.at(-1)?.ref)
    await world.settle()
    expect(answered).toBe(false)
  })
})

describe('a page', () => {
  it('is told, cut to what the gateway takes; without a connection the hello tells it', async () => {
    const client = world.client()
    client.page({ url: 'https://shop.test/early' })
    client.connect()
    await world.settle()
    client.page({ url: `https://shop.test/${'x'.repeat(3_000)}`, title: 'a\0b' })
    await world.settle()
    const [page, ...more] = world.gateway.socket.saidOf('page')
    expect(page?.url).toHaveLength(2_000)
    expect(page?.title).toBe('ab')
    expect(more).toEqual([])
  })
})

describe('watching', () => {
  const watches = () => world.gateway.sockets.flatMap(socket => socket.saidOf('watch'))

  it('tells who is there, who comes and who goes, over reconnects, until it ends', async () => {
    world.gateway.desk.live.push({ visitor: { id: 'visitor-1' }, since: 1 })
    const client = world.client(agent)
    const [visitors, came, went] = [
      heard(client, 'visitors'),
      heard(client, 'live_visitor'),
      heard(client, 'visitor_left'),
    ]
    const stop = watchVisitors(client, undefined, world.clock)
    client.connect()
    await world.settle()
    expect(visitors).toEqual([{ visitors: world.gateway.desk.live, total: 1 }])
    world.gateway.socket.push('live_visitor', { visitor: { id: 'visitor-2' }, since: 2 })
    world.gateway.socket.push('visitor_left', { visitor: 'visitor-1' })
    expect(came.map(({ visitor }) => visitor.id)).toEqual(['visitor-2'])
    expect(went).toEqual([{ visitor: 'visitor-1' }])
    world.gateway.socket.end()
    await world.pass(125)
    expect(visitors).toHaveLength(2)
    expect(watches()).toEqual([{ what: 'visitors' }, { what: 'visitors' }])
    stop()
    stop()
    await world.settle()
    expect(world.gateway.socket.saidOf('unwatch')).toEqual([{ what: 'visitors' }])
    world.gateway.socket.end()
    await world.pass(250)
    expect(client.state).toBe('online')
    expect(watches()).toHaveLength(2)
  })

  it.each([
    [true, 3],
    [false, 1],
  ])('that is refused is tried again only if that may help (%s)', async (retryable, times) => {
    world.gateway.instead = (socket, { name, ref }) => {
      if (name !== 'watch') return false
      world.gateway.tell(socket, 'error', wireError('unavailable', retryable, retryable ? 1_000 : 0), ref)
      return true
    }
    const client = await world.online(agent)
    const failed: string[] = []
    const stop = watchVisitors(client, ({ code }) => failed.push(code), world.clock)
    await world.pass(2_000)
    expect(watches()).toHaveLength(times)
    expect(failed).toHaveLength(times)
    stop()
    await world.pass(60_000)
    expect(watches()).toHaveLength(times)
  })
})

describe('what is pushed to agents', () => {
  it('is told: who of them is there', async () => {
    const client = await world.online(agent)
    const presence = heard(client, 'presence')
    const colleague = { id: AGENT.id, name: 'Grace', availability: 'away' as const, present: true }
    world.gateway.socket.push('presence', colleague)
    expect(presence).toEqual([colleague])
  })
})
