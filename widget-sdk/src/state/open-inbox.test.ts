import { beforeEach, describe, expect, it } from 'vitest'
import { wireError } from '../client/fake-server.ts'
import { FakeWorld } from '../client/fake-world.ts'
import type { Client } from '../client/index.ts'
import { openInbox } from './open-inbox.ts'

let world: FakeWorld
let client: Client
beforeEach(async () => {
  world = new FakeWorld()
  client = world.client({ hello: () => ({ role: 'agent' }) })
  client.connect()
})

/** A conversation with an entry. */
function conversation(words = 'hello'): string {
  const { id } = world.gateway.open('visitor-9')
  world.clock.time += 10
  world.gateway.say(id, words, { kind: 'visitor', id: 'visitor-9' })
  return id
}

const asked = () => world.gateway.sockets.flatMap(socket => socket.saidOf('inbox'))

describe('an opened inbox', () => {
  it('loads when there is a connection, tells its changes, and hears of reading', async () => {
    const ids = [conversation(), conversation()]
    await Promise.resolve()
    const inbox = openInbox(client, {}, world.clock)
    const told: number[] = []
    inbox.subscribe(view => told.push(view.rows.length))
    await world.settle()
    expect(inbox.view).toMatchObject({ ready: true, hasMore: false, error: undefined })
    expect(inbox.view.rows.map(({ summary }) => summary.conversation)).toEqual([...ids].reverse())

    client.read(ids[0] ?? '', 1)
    expect(inbox.view.rows.map(({ unread }) => unread)).toEqual([1, 0])
    const third = world.gateway.logs.get(conversation())
    await world.settle()
    if (third) world.gateway.socket.push('summary', world.gateway.summary(third))
    expect(inbox.view.rows).toHaveLength(3)
    await world.settle()
    expect(told.at(-1)).toBe(3)

    inbox.close()
    if (third) world.gateway.socket.push('summary', { ...world.gateway.summary(third), conversation: 'late' })
    expect(inbox.view.rows).toHaveLength(3)
  })

  it('loads at once when it is opened later', async () => {
    conversation()
    await world.settle()
    const inbox = openInbox(client, { status: 'open' }, world.clock)
    await world.settle()
    expect(inbox.view.rows).toHaveLength(1)
    expect(asked()).toEqual([{ status: 'open' }])
  })

  it('brings further pages, one at a time', async () => {
    const next = { updated_at: 1, conversation: 'a' }
    world.gateway.instead = (socket, { name, ref, body }) => {
      if (name !== 'inbox') return false
      world.gateway.tell(socket, 'inbox_page', { conversations: [], ...(!body.after && { next }) }, ref)
      return true
    }
    const inbox = openInbox(client, { status: 'open' }, world.clock)
    await inbox.more()
    await world.settle()
    expect(inbox.view.hasMore).toBe(true)
    const more = inbox.more()
    await inbox.more()
    await world.settle()
    await more
    expect(inbox.view.hasMore).toBe(false)
    await inbox.more()
    expect(asked()).toEqual([{ status: 'open' }, { status: 'open', after: next }])
  })

  it('catches up after a reconnect, whatever the status', async () => {
    const id = conversation()
    const inbox = openInbox(client, { status: 'open' }, world.clock)
    await world.settle()
    expect(inbox.view.rows).toHaveLength(1)
    world.gateway.socket.end()
    const log = world.gateway.logs.get(id)
    if (log) log.status = 'resolved'
    world.gateway.say(id, 'bye')
    const fresh = conversation()
    await world.pass(2_000)
    expect(asked()).toEqual([{ status: 'open' }, {}])
    expect(inbox.view.rows.map(({ summary }) => summary.conversation)).toEqual([fresh])
  })

  it('says why it could not load, tries again when that may help, and not once closed', async () => {
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'inbox') world.gateway.tell(socket, 'error', wireError('unavailable', true, 3_000), ref)
      return name === 'inbox'
    }
    conversation()
    const inbox = openInbox(client, {}, world.clock)
    await world.settle()
    expect(inbox.view).toMatchObject({ ready: false, error: { code: 'unavailable' } })
    await world.pass(3_000)
    expect(asked()).toHaveLength(2)
    world.gateway.instead = () => false
    await world.pass(3_000)
    expect(inbox.view).toMatchObject({ ready: true, error: undefined })
    expect(inbox.view.rows).toHaveLength(1)
    inbox.close()
    world.gateway.socket.end()
    await world.pass(1_000)
    expect(asked()).toHaveLength(3)
  })

  it('does not try again what is refused for good', async () => {
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'inbox') world.gateway.tell(socket, 'error', wireError('forbidden'), ref)
      return name === 'inbox'
    }
    const inbox = openInbox(client, {}, world.clock)
    await world.pass(50_000)
    expect(inbox.view.error?.code).toBe('forbidden')
    expect(asked()).toHaveLength(1)
  })
})
