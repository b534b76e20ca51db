import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { wireError } from './fake-server.ts'
import { FakeWorld, heard } from './fake-world.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

/** Starts a conversation and tells how it went. */
function start(client: Client) {
  const outcome: { conversation?: string; error?: string } = {}
  client.start({ answers: [{ key: 'name', value: 'Ada' }] }).then(
    started => {
      outcome.conversation = started.conversation.conversation
    },
    error => {
      outcome.error = error.error.code
    },
  )
  return outcome
}

const keys = () => [...world.storage.items.keys()]

describe('starting a conversation', () => {
  it('answers once it is stored, and follows it', async () => {
    const client = await world.online()
    const started = heard(client, 'started')
    const outcome = start(client)
    await world.settle()
    expect(outcome.conversation).toBe('conversation-2')
    expect(started).toHaveLength(1)
    expect(world.gateway.socket.saidOf('start')[0]).toMatchObject({
      answers: [{ key: 'name', value: 'Ada' }],
    })
    expect(keys()).toEqual(['chatdesk:token'])
    expect(world.gateway.socket.saidOf('follow')).toEqual([])
    client.send('conversation-2', { kind: 'text', text: 'hello' })
    await world.settle()
    expect(world.gateway.texts('conversation-2')).toEqual(['hello'])
  })

  it('waits for a connection', async () => {
    const client = world.client()
    const outcome = start(client)
    client.connect()
    await world.settle()
    expect(outcome.conversation).toBeDefined()
    expect(world.gateway.socket.saidOf('start')).toHaveLength(1)
  })

  it('is one attempt, however often it is asked for, also from within the welcome', async () => {
    const client = world.client()
    const promises: unknown[] = []
    client.on('welcome', () => promises.push(client.start({}), client.start({})))
    client.connect()
    await world.settle()
    expect(promises[0]).toBe(promises[1])
    expect(world.gateway.socket.saidOf('start')).toHaveLength(1)
    expect(world.gateway.logs.size).toBe(1)
  })

  it('makes one conversation, wherever the connection breaks', async () => {
    let broke = true
    for (let at = 1; broke; at++) {
      world = new FakeWorld()
      world.gateway.failAt = at
      const client = await world.online()
      const outcome = start(client)
      await world.pass(60_000)
      expect(outcome.conversation, `broken at frame ${at}`).toBe([...world.gateway.logs.keys()][0])
      expect(world.gateway.logs.size, `broken at frame ${at}`).toBe(1)
      expect(keys(), `broken at frame ${at}`).toEqual(['chatdesk:token'])
      broke = world.gateway.sockets.length > 1
    }
  })

  it('makes one conversation, wherever the page is loaded again', async () => {
    let reloaded = true
    for (let at = 3; reloaded; at++) {
      world = new FakeWorld()
      world.gateway.failAt = at
      const client = await world.online()
      reloaded = false
      world.gateway.fail = () => {
        reloaded = true
        client.close()
      }
      start(client)
      await world.settle()
      if (!reloaded) break
      const again = await world.online()
      const open = again.welcome?.visitor?.conversation?.conversation
      // The page offers the form only to a visitor who has no open conversation.
      const outcome = open ? { conversation: open } : start(again)
      await world.settle()
      expect(outcome.conversation, `loaded again at frame ${at}`).toBe([...world.gateway.logs.keys()][0])
      expect(world.gateway.logs.size, `loaded again at frame ${at}`).toBe(1)
      expect(keys(), `loaded again at frame ${at}`).toEqual(['chatdesk:token'])
    }
  })

  it('makes another one once the first is over, even if the first attempt never heard of its success', async () => {
    const client = await world.online()
    world.gateway.failAt = world.gateway.frames + 2
    world.gateway.fail = () => client.close()
    start(client)
    await world.settle()
    const [first] = world.gateway.logs.values()
    expect(keys()).toContain('chatdesk:start')
    if (first) first.status = 'resolved'

    const later = await world.online()
    const started = heard(later, 'started')
    const outcome = start(later)
    await world.settle()
    expect(outcome.conversation).toBe([...world.gateway.logs.keys()][1])
    expect(started.map(({ conversation }) => conversation.conversation)).toEqual([outcome.conversation])
  })

  it('retries what may succeed later, not before it may, and tells of it', async () => {
    const client = await world.online()
    const errors = heard(client, 'error')
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'start') world.gateway.tell(socket, 'error', wireError('rate_limited', true, 4_000), ref)
      return name === 'start'
    }
    const outcome = start(client)
    await world.settle()
    expect(errors.map(error => error.code)).toEqual(['rate_limited'])
    world.gateway.instead = () => false
    await world.pass(3_999)
    expect(outcome).toEqual({})
    await world.pass(1)
    expect(outcome.conversation).toBeDefined()
    const [first, second] = world.gateway.socket.saidOf('start')
    expect(first?.client_id).toBe(second?.client_id)
  })

  it('ends with an error that is final, and may be asked for again', async () => {
    const client = await world.online()
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'start') world.gateway.tell(socket, 'error', wireError('bad_field'), ref)
      return name === 'start'
    }
    const outcome = start(client)
    await world.settle()
    expect(outcome).toEqual({ error: 'bad_field' })
    expect(keys()).toEqual(['chatdesk:token'])
    world.gateway.instead = () => false
    const again = start(client)
    await world.settle()
    expect(again.conversation).toBeDefined()
  })

  it('ends when the client is closed or refused', async () => {
    const closed = world.client()
    const first = start(closed)
    closed.connect()
    closed.close()
    await world.settle()
    expect(first).toEqual({ error: 'unavailable' })

    const refused = await world.online({ hello: () => ({ role: 'agent' }) })
    world.gateway.instead = () => true
    const second = start(refused)
    world.gateway.socket.end(4504)
    await world.settle()
    expect(second).toEqual({ error: 'unavailable' })
  })

  it('fails here what is larger than a frame may be', async () => {
    const client = await world.online()
    const failed = client.start({ answers: [{ key: 'story', value: 'x'.repeat(70_000) }] })
    await expect(failed).rejects.toMatchObject({ error: { code: 'too_large', retryable: false } })
    expect(client.state).toBe('online')
  })
})
