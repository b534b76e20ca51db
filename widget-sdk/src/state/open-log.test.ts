import { beforeEach, describe, expect, it } from 'vitest'
import { AGENT } from '../client/fake-server.ts'
import { FakeWorld } from '../client/fake-world.ts'
import { TYPING_EXPIRES_MS } from './log.ts'
import { openLog } from './open-log.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const text = (words: string) => ({ kind: 'text' as const, text: words })

/** A visitor whose conversation has `entries` entries, and has been followed for a while without a view. */
async function talking(entries: number) {
  const talk = await world.talking()
  for (let i = 1; i <= entries; i++) world.gateway.say(talk.conversation, `${i}`)
  await world.settle()
  return talk
}

describe('an opened log', () => {
  it('has the whole of what is shown when it is opened in the welcome', async () => {
    const { conversation } = await talking(3)
    const client = world.client()
    let shown: string | undefined
    client.on('welcome', ({ visitor }) => {
      const open = visitor?.conversation?.conversation
      if (!open) return
      const log = openLog(client, open, world.clock)
      log.subscribe(view => {
        shown = view.items.map(({ entry }) => entry.content.text).join()
      })
    })
    client.connect()
    await world.settle()
    expect(shown).toBe('2,3')
    expect(world.gateway.socket.saidOf('follow')).toEqual([])
    expect(world.gateway.logs.has(conversation)).toBe(true)
  })

  it('fetches what came before it was opened, and shows the outbox at once', async () => {
    const { client, conversation } = await talking(3)
    world.gateway.holding = true
    client.send(conversation, text('mine'))
    const log = openLog(client, conversation, world.clock)
    expect(log.view).toMatchObject({ ready: false, hasOlder: false })
    expect(log.view.items.map(({ status, mine }) => [status, mine])).toEqual([['sending', true]])
    await world.settle()
    expect(log.view.ready).toBe(true)
    expect(log.view.items.map(({ entry }) => entry.content.text)).toEqual(['2', '3', 'mine'])
  })

  it('is shared by all who open it, until the last one closes it', async () => {
    const { client, conversation } = await talking(3)
    const one = openLog(client, conversation, world.clock)
    const two = openLog(client, conversation, world.clock)
    await world.settle()
    expect(one.view).toBe(two.view)
    one.close()
    one.close()
    await world.settle()
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([])
    world.gateway.say(conversation, 'still here')
    await world.settle()
    expect(two.view.items.at(-1)?.entry.content.text).toBe('still here')
    two.close()
    await world.settle()
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([{ conversation }])

    const three = openLog(client, conversation, world.clock)
    expect(three.view).not.toBe(two.view)
    await world.settle()
    expect(three.view.items).toHaveLength(2)
  })

  it('tells a change once for all that came in one message, and none when nothing changed', async () => {
    const { client, conversation } = await talking(1)
    const log = openLog(client, conversation, world.clock)
    await world.settle()
    let told = 0
    const off = log.subscribe(view => {
      told++
      expect(view).toBe(log.view)
    })
    world.gateway.socket.push('typing_by', { conversation, participant: AGENT, on: true })
    world.gateway.socket.push('read_by', { conversation, participant: AGENT, seq: 1 })
    world.gateway.socket.push('read_by', { conversation: 'conversation-other', participant: AGENT, seq: 1 })
    expect(told).toBe(0)
    await world.settle()
    expect(told).toBe(1)
    off()
    world.gateway.say(conversation, 'unheard')
    await world.settle()
    expect(told).toBe(1)
  })

  it('brings older pages, one at a time, down to the first entry', async () => {
    const { client, conversation } = await talking(5)
    const log = openLog(client, conversation, world.clock)
    await log.older()
    expect(world.gateway.socket.saidOf('history')).toEqual([])
    await world.settle()
    const shown = () => log.view.items.map(({ entry }) => entry.seq).join()
    expect(shown()).toBe('4,5')
    expect(log.view.hasOlder).toBe(true)
    const first = log.older()
    await log.older()
    await world.settle()
    await first
    expect(shown()).toBe('2,3,4,5')
    const second = log.older()
    await world.settle()
    await second
    expect(shown()).toBe('1,2,3,4,5')
    expect(log.view.hasOlder).toBe(false)
    await log.older()
    expect(world.gateway.socket.saidOf('history').map(({ before }) => before)).toEqual([4, 2])
  })

  it('drops an older page that the log has been begun anew without, and may ask again after a failure', async () => {
    const { client, conversation } = await talking(6)
    const log = openLog(client, conversation, world.clock)
    await world.settle()
    world.gateway.instead = (_, { name }) => name === 'history'
    const lost = log.older()
    await world.settle()
    const { ref = 0 } = world.gateway.socket.said.at(-1) ?? {}
    const all = world.gateway.logs.get(conversation)?.stored ?? []
    const [summary, entries] = [world.gateway.logs.get(conversation), all.slice(0, 1)]
    if (!summary) return
    world.gateway.socket.push('replay', {
      summary: world.gateway.summary(summary),
      reset: true,
      entries,
      more: false,
    })
    world.gateway.socket.push('history_page', { conversation, entries: all.slice(2, 4), more: true }, ref)
    await lost
    expect(log.view.items.map(({ entry }) => entry.seq)).toEqual([1])

    world.gateway.socket.end()
    await expect(log.older()).resolves.toBeUndefined()
    await world.pass(2_000)
    expect(log.view.head).toBe(6)
  })

  it('rejects when older entries cannot be had', async () => {
    const { client, conversation } = await talking(5)
    const log = openLog(client, conversation, world.clock)
    await world.settle()
    world.gateway.socket.end()
    await expect(log.older()).rejects.toMatchObject({ error: { code: 'unavailable', retryable: true } })
    await world.pass(125)
    const again = log.older()
    await world.settle()
    await again
    expect(log.view.items).toHaveLength(4)
  })

  it('forgets who is typing after 6 s, at their entry, and when the connection goes', async () => {
    const { client, conversation } = await talking(1)
    const log = openLog(client, conversation, world.clock)
    await world.settle()
    const typing = (on: boolean) => {
      world.gateway.socket.push('typing_by', { conversation, participant: AGENT, on })
    }
    typing(true)
    expect(log.view.typing).toEqual([AGENT])
    await world.pass(TYPING_EXPIRES_MS - 1)
    typing(true)
    await world.pass(TYPING_EXPIRES_MS - 1)
    expect(log.view.typing).toEqual([AGENT])
    await world.pass(1)
    expect(log.view.typing).toEqual([])

    typing(true)
    world.gateway.say(conversation, 'typed')
    await world.settle()
    expect(log.view.typing).toEqual([])

    typing(true)
    typing(false)
    expect(log.view.typing).toEqual([])

    typing(true)
    world.gateway.socket.end()
    expect(log.view.typing).toEqual([])
    log.close()
    client.close()
    expect(world.clock.timers).toBe(0)
  })

  it('shows how far others have read, and oneself at once', async () => {
    const { client, conversation } = await talking(3)
    const log = openLog(client, conversation, world.clock)
    await world.settle()
    expect(log.view).toMatchObject({ unread: 2, visitorRead: 0, agentRead: 3, head: 3 })
    client.read(conversation, log.view.head)
    expect(log.view).toMatchObject({ unread: 0, visitorRead: 3 })
    client.send(conversation, text('answer'))
    await world.settle()
    expect(log.view).toMatchObject({ unread: 0, visitorRead: 4, agentRead: 3 })
    world.gateway.socket.push('read_by', { conversation, participant: AGENT, seq: 4 })
    expect(log.view.agentRead).toBe(4)
  })
})

describe('the log of a conversation that was erased', () => {
  it('is closed and empty, and nothing that comes late brings it back', async () => {
    const { client, conversation } = await talking(2)
    const log = openLog(client, conversation, world.clock)
    world.gateway.holding = true
    client.send(conversation, text('too late'))
    await world.settle()
    expect(log.view.items).toHaveLength(3)
    const replay = { summary: world.gateway.summary(world.gateway.open('visitor-9', 'other')) }
    const told: boolean[] = []
    log.subscribe(view => told.push(view.gone))
    world.gateway.erase(conversation)
    await world.settle()
    expect(told).toEqual([true])
    expect(log.view).toMatchObject({ gone: true, items: [], summary: undefined, unread: 0 })
    const summary = { ...replay.summary, conversation }
    world.gateway.socket.push('replay', { summary, reset: true, entries: [], more: false })
    world.gateway.socket.push('summary', summary)
    await world.settle()
    expect(log.view).toMatchObject({ gone: true, items: [], summary: undefined })
    await log.older()
    log.close()
    await world.settle()
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([])
    expect(world.gateway.socket.saidOf('history')).toEqual([])
  })
})
