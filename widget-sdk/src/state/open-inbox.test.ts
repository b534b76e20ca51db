import { beforeEach, describe, expect, it } from 'vitest'
import { wireError } from '../client/fake-server.ts'
import { FakeWorld } from '../client/fake-world.ts'
import type { Client } from '../client/index.ts'
import { COUNTS_MS, type InboxStore, openInbox } from './open-inbox.ts'

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

describe('what is counted', () => {
  const counts = (inbox: InboxStore) => inbox.view.counts

  it('comes with the list, and again once for all that changed meanwhile', async () => {
    const ids = [conversation(), conversation()]
    const inbox = openInbox(client, { assigned: { member: 'member-1' }, priority: 'high' }, world.clock)
    await world.settle()
    expect(asked()).toEqual([{ assigned: { member: 'member-1' }, priority: 'high' }])
    expect(counts(inbox)).toMatchObject({ open: 2, unassigned: 2 })
    for (const id of ids) {
      const log = world.gateway.logs.get(id)
      if (!log) continue
      log.status = 'resolved'
      world.gateway.socket.push('summary', world.gateway.summary(log))
    }
    await world.pass(COUNTS_MS)
    expect(asked().slice(1)).toEqual([{ limit: 1 }])
    expect(counts(inbox)).toMatchObject({ open: 0, resolved: 2, unassigned: 0 })
    await world.pass(2 * COUNTS_MS)
    expect(asked()).toHaveLength(2)
  })

  it('is asked for again when a conversation was erased, and not once closed', async () => {
    const [id] = [conversation()]
    const inbox = openInbox(client, {}, world.clock)
    await world.settle()
    world.gateway.erase(id)
    await world.pass(COUNTS_MS)
    expect(inbox.view.rows).toEqual([])
    expect(counts(inbox)).toMatchObject({ open: 0 })
    const other = conversation()
    await world.settle()
    world.gateway.erase(other)
    await world.settle()
    inbox.close()
    await world.pass(COUNTS_MS)
    expect(asked()).toHaveLength(2)
  })
})

describe('after a reconnect', () => {
  const synced = () => world.gateway.sockets.flatMap(socket => socket.saidOf('inbox_sync'))
  const shown = (inbox: InboxStore) => inbox.view.rows.map(({ summary }) => summary.conversation)

  it('only what has changed is asked for, whatever its status', async () => {
    const id = conversation()
    const inbox = openInbox(client, { status: 'open' }, world.clock)
    await world.settle()
    world.gateway.socket.end()
    const log = world.gateway.logs.get(id)
    if (log) log.status = 'resolved'
    world.gateway.say(id, 'bye')
    const fresh = conversation()
    await world.pass(2_000)
    expect(asked()).toEqual([{ status: 'open' }])
    expect(synced()).toMatchObject([{ known: [{ conversation: id, head: 1, agent_read: 0 }] }])
    expect(shown(inbox)).toEqual([fresh])
  })

  it('a list that was empty is loaded anew', async () => {
    const inbox = openInbox(client, {}, world.clock)
    await world.settle()
    expect(inbox.view.rows).toEqual([])
    world.gateway.socket.end()
    const id = conversation()
    await world.pass(125)
    expect(shown(inbox)).toEqual([id])
    expect(synced()).toEqual([])
  })

  it('a change is not missed that was taken before the newest one known, and stored after it', async () => {
    const slow = world.gateway.open('visitor-9').id
    const { time } = world.clock
    world.clock.time += 5_000
    conversation()
    const inbox = openInbox(client, {}, world.clock)
    await world.settle()
    world.gateway.logs.delete(slow)
    world.gateway.socket.end()
    const log = world.gateway.open('visitor-9', slow)
    const sender = { kind: 'visitor' as const, id: 'visitor-9' }
    const entry = { conversation: slow, id: 'e1', seq: 1, sender, client_id: 'c1', at: time }
    log.stored.push({ ...entry, content: { kind: 'text', text: 'slow' } })
    await world.pass(125)
    expect(shown(inbox)).toContain(slow)
  })

  it('what fails for now is asked again from the same place, over further losses', async () => {
    const [first] = [conversation()]
    const inbox = openInbox(client, {}, world.clock)
    await world.settle()
    world.gateway.socket.end()
    const missed = conversation()
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'inbox_sync')
        world.gateway.tell(socket, 'error', wireError('unavailable', true, 1_000), ref)
      return name === 'inbox_sync'
    }
    await world.pass(125)
    expect(inbox.view.error?.code).toBe('unavailable')
    // Something newer is told meanwhile, and must not hide what was missed.
    const live = world.gateway.logs.get(conversation())
    await world.settle()
    if (live) world.gateway.socket.push('summary', world.gateway.summary(live))
    world.gateway.socket.end()
    world.gateway.instead = () => false
    await world.pass(5_000)
    expect(inbox.view.error).toBeUndefined()
    expect(shown(inbox)).toEqual([live?.id, missed, first])
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'the list is whole: every head in it is the gateway’s (%d)',
    async seed => {
      let state = seed
      const random = (below: number) => {
        state = (state * 48_271) % 2_147_483_647
        return state % below
      }
      world.gateway.desk.page = 1 + random(6)
      const ids = Array.from({ length: 5 + random(10) }, () => conversation())
      const inbox = openInbox(client, {}, world.clock)
      await world.settle()
      for (let turn = 0; inbox.view.hasMore && turn < random(4); turn++) {
        const more = inbox.more()
        await world.settle()
        await more
      }
      for (let loss = 0; loss < 5; loss++) {
        world.gateway.socket.end()
        for (let change = 0; change < random(12); change++) {
          world.clock.time += random(2_000)
          const id = ids[random(ids.length)] ?? ''
          const what = random(10)
          if (what < 3) ids.push(conversation())
          else if (what < 4) world.gateway.logs.delete(id)
          else if (world.gateway.logs.has(id)) world.gateway.say(id, 'more')
        }
        await world.pass(10_000)
        const truth = [...world.gateway.logs.values()].map(log => world.gateway.summary(log))
        const heads = new Map(truth.map(summary => [summary.conversation, summary.head]))
        const rows = inbox.view.rows.map(({ summary }) => summary)
        for (const { conversation, head } of rows) expect(heads.get(conversation)).toBe(head)
        const end = rows.at(-1)?.updated_at ?? 0
        const within = truth.filter(({ updated_at }) => !inbox.view.hasMore || updated_at > end)
        for (const { conversation } of within) expect(shown(inbox)).toContain(conversation)
      }
    },
  )

  it('of more than may be named at once all are asked about, in parts', async () => {
    for (let i = 0; i < 1_000; i++) {
      world.clock.time += 60_000
      conversation()
    }
    world.gateway.desk.page = 100
    const [oldest] = world.gateway.logs.values()
    const inbox = openInbox(client, {}, world.clock)
    await world.settle()
    while (inbox.view.hasMore) {
      const more = inbox.more()
      await world.settle()
      await more
    }
    expect(inbox.view.rows).toHaveLength(1_000)
    world.gateway.socket.end()
    const old = oldest?.id ?? ''
    world.clock.time += 1_000
    world.gateway.say(old, 'of long ago')
    await world.pass(125)
    expect(synced().map(({ known }) => known?.length)).toEqual([500, 500])
    expect(synced()[1]).not.toHaveProperty('newest')
    expect(shown(inbox)[0]).toBe(old)
  })
})
