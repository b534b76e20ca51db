import { beforeEach, describe, expect, it } from 'vitest'
import { FakeWorld, heard } from './fake-world.ts'
import type { Content } from './wire.ts'

const text = (text: string): Content => ({ kind: 'text', text })

let world: FakeWorld
const kept = () => Array.from({ length: world.storage.length }, (_, at) => world.storage.key(at) ?? '')
beforeEach(() => {
  world = new FakeWorld()
})

describe('a conversation that was erased', () => {
  it('is followed no more, and takes what was to be sent to it along, out of storage too', async () => {
    const { client, conversation } = await world.talking()
    const gone = heard(client, 'gone')
    world.gateway.holding = true
    client.send(conversation, text('too late'))
    client.typing(conversation, true)
    await world.settle()
    world.gateway.erase(conversation)
    await world.settle()
    expect(gone).toEqual([{ conversation }])
    expect(client.outbox()).toEqual([])
    client.read(conversation, 1)
    client.unfollow(conversation)
    await world.pass(60_000)
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([])

    world.gateway.socket.end()
    await world.pass(1_000)
    expect(client.state).toBe('online')
    expect(world.gateway.socket.saidOf('hello')[0]).not.toHaveProperty('resume')
    expect(world.gateway.socket.saidOf('send')).toEqual([])
    expect(kept().filter(key => key.includes('out:'))).toEqual([])
  })

  it('while nobody listened is told as well', async () => {
    const { client, conversation } = await world.talking()
    const [gone, errors] = [heard(client, 'gone'), heard(client, 'error')]
    world.gateway.socket.end()
    world.gateway.erase(conversation)
    await world.pass(1_000)
    expect(gone).toEqual([{ conversation }])
    expect(errors).toMatchObject([{ code: 'not_found', conversation }])
  })

  it('is told to agents who do not follow it, and to those who do', async () => {
    const { id } = world.gateway.open('visitor-9')
    const client = await world.online({ hello: () => ({ role: 'agent' }) })
    const gone = heard(client, 'gone')
    world.gateway.erase(id)
    await world.settle()
    expect(gone).toEqual([{ conversation: id }])

    const { id: other } = world.gateway.open('visitor-9')
    client.follow(other)
    await world.settle()
    world.gateway.erase(other)
    await world.settle()
    expect(new Set(gone.map(({ conversation }) => conversation))).toEqual(new Set([id, other]))
  })
})

describe('what agents look for', () => {
  it('is asked for by name and answered with its own type', async () => {
    world.gateway.instead = (socket, { name, ref, body }) => {
      if (name === 'search') {
        expect(body).toEqual({ query: 'tea', limit: 10 })
        world.gateway.tell(socket, 'search_page', { hits: [] }, ref)
      } else if (name === 'contacts') {
        expect(body).toEqual({ query: 'ada', verified: true })
        const contact = { visitor: { id: 'visitor-1', name: 'Ada' }, created_at: 1 }
        const next = { created_at: 1, visitor: 'visitor-1' }
        world.gateway.tell(socket, 'contacts_page', { contacts: [contact], next }, ref)
      } else return false
      return true
    }
    const client = await world.online({ hello: () => ({ role: 'agent' }) })
    const [found, contacts] = [
      client.request('search', { query: 'tea', limit: 10 }),
      client.request('contacts', { query: 'ada', verified: true }),
    ]
    await world.settle()
    expect((await found).hits).toEqual([])
    expect((await contacts).contacts[0]?.visitor.name).toBe('Ada')
    expect((await contacts).next?.visitor).toBe('visitor-1')
  })
})
