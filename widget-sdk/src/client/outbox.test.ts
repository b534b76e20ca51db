import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { wireError } from './fake-server.ts'
import { FakeWorld, heard } from './fake-world.ts'
import { KEPT_MS } from './kept.ts'
import { KEPT_ENTRIES, RESEND_MS } from './outbox.ts'
import type { Content } from './wire.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const text = (words: string) => ({ kind: 'text' as const, text: words })
const words = (client: Client) => client.outbox().map(({ content, status }) => `${content.text} ${status}`)
const sent = () => world.gateway.socket.saidOf('send').map(({ content }) => content.text)
const kept = () => [...world.storage.items.keys()].filter(key => key.startsWith('chatdesk:out:'))

describe('the outbox', () => {
  it('holds an entry until it is stored, and tells of each step', async () => {
    const { client, conversation } = await world.talking()
    const changes = heard(client, 'outbox')
    const id = client.send(conversation, text('hello'))
    expect(client.outbox(conversation)).toMatchObject([
      { client_id: id, status: 'sending', content: text('hello') },
    ])
    expect(client.outbox('conversation-other')).toEqual([])
    expect(kept()).toHaveLength(1)
    await world.settle()
    expect(client.outbox()).toEqual([])
    expect(kept()).toEqual([])
    expect(changes.map(({ entry, gone }) => gone ?? entry.status)).toEqual(['sending', 'routed', 'stored'])
    expect(changes[1]?.entry.id).toBe(world.gateway.logs.get(conversation)?.stored[0]?.id)
  })

  it('makes keys that are unique, sortable, and as the gateway wants them', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.holding = true
    const ids = Array.from({ length: 50 }, (_, i) => client.send(conversation, text(`${i}`)))
    expect(new Set(ids).size).toBe(50)
    expect([...ids].sort()).toEqual(ids)
    for (const id of ids) expect(id).toMatch(/^[!-~]{1,64}$/)
  })

  it.each([false, true])(
    'sends in order, one after the other was taken (stored first: %s)',
    async storedFirst => {
      const { client, conversation } = await world.talking()
      world.gateway.storedFirst = storedFirst
      for (const word of ['a', 'b', 'c', 'd']) client.send(conversation, text(word))
      await Promise.resolve()
      expect(sent()).toEqual(['a'])
      await world.settle()
      expect(world.gateway.texts(conversation)).toEqual(['a', 'b', 'c', 'd'])
      expect(client.outbox()).toEqual([])
    },
  )

  it('keeps what is written while there is no connection, and sends it behind the replay', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.socket.end()
    world.gateway.say(conversation, 'missed')
    client.send(conversation, text('a'))
    client.send(conversation, text('b'))
    expect(words(client)).toEqual(['a sending', 'b sending'])
    await world.pass(125)
    const { said } = world.gateway.socket
    expect(said.map(({ name }) => name)).toEqual(['hello', 'send', 'send'])
    expect(world.gateway.texts(conversation)).toEqual(['missed', 'a', 'b'])
  })

  it('does not send again what the replay shows to be stored', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.lose = name => name === 'stored'
    client.send(conversation, text('a'))
    await world.settle()
    expect(words(client)).toEqual(['a routed'])
    world.gateway.socket.end()
    await world.pass(125)
    expect(client.outbox()).toEqual([])
    expect(sent()).toEqual([])
  })

  it('stores once, wherever the connection breaks or the gateway dies', async () => {
    for (const storedFirst of [false, true]) {
      for (const how of ['break', 'crash'] as const) {
        let failed = true
        for (let at = 1; failed; at++) {
          world = new FakeWorld()
          const { gateway } = world
          gateway.storedFirst = storedFirst
          const { client, conversation } = await world.talking()
          gateway.frames = 0
          gateway.failAt = at
          if (how === 'crash') gateway.fail = () => gateway.crash()
          for (const word of ['a', 'b', 'c']) client.send(conversation, text(word))
          await world.pass(5_000)
          const where = `${how} at frame ${at}, stored first: ${storedFirst}`
          expect(gateway.texts(conversation), where).toEqual(['a', 'b', 'c'])
          expect(client.outbox(), where).toEqual([])
          expect(kept(), where).toEqual([])
          failed = gateway.sockets.length > 1
        }
      }
    }
  })

  it('stores once, in order, wherever the page is loaded again', async () => {
    for (let at = 1, reloaded = true; reloaded; at++) {
      world = new FakeWorld()
      const { gateway } = world
      const { client, conversation } = await world.talking()
      reloaded = false
      gateway.frames = 0
      gateway.failAt = at
      gateway.fail = () => {
        reloaded = true
        client.close()
      }
      for (const word of ['a', 'b', 'c']) client.send(conversation, text(word))
      await world.settle()
      const again = await world.online()
      expect(gateway.texts(conversation), `loaded again at frame ${at}`).toEqual(['a', 'b', 'c'])
      expect(again.outbox(), `loaded again at frame ${at}`).toEqual([])
      expect(kept(), `loaded again at frame ${at}`).toEqual([])
    }
  })

  it('adopts what a tab that is gone has left, in a conversation that this one does not follow', async () => {
    const agent = { hello: () => ({ role: 'agent' as const, token: 'login' }) }
    world.gateway.tokens.set('login', 'agent-1')
    const { id } = world.gateway.open('visitor-9')
    const first = world.client(agent)
    first.setToken('login')
    first.connect()
    await world.settle()
    world.gateway.holding = true
    first.send(id, text('left behind'))
    await world.settle()
    world.gateway.crash()
    first.close()
    world.gateway.holding = false

    const second = world.client(agent)
    second.setToken('login')
    const changes = heard(second, 'outbox')
    second.connect()
    await world.settle()
    expect(world.gateway.texts(id)).toEqual(['left behind'])
    expect(changes.map(({ entry, gone }) => gone ?? entry.status)).toEqual(['sending', 'routed', 'stored'])
    expect(world.gateway.socket.saidOf('unfollow')).toEqual([{ conversation: id }])
  })

  it('leaves what another person wrote in this browser alone, until they are back', async () => {
    const as = async (id: string) => {
      world.gateway.tokens.set(id, id)
      const client = world.client({ hello: () => ({ role: 'agent' as const }) })
      client.setToken(id)
      client.connect()
      await world.settle()
      return client
    }
    const { id } = world.gateway.open('visitor-9')
    const ada = await as('ada')
    ada.follow(id)
    world.gateway.dial = 'hang'
    world.gateway.socket.end()
    ada.send(id, text('by ada'))
    ada.close()
    world.gateway.dial = 'accept'
    const bob = await as('bob')
    expect(bob.outbox()).toEqual([])
    bob.close()
    expect(world.gateway.texts(id)).toEqual([])
    await as('ada')
    expect(world.gateway.logs.get(id)?.stored[0]?.sender.id).toBe('ada')
  })
})

describe('two tabs', () => {
  it('lose nothing of each other, and store nothing twice', async () => {
    const { client: one, conversation } = await world.talking()
    const two = await world.online()
    world.gateway.holding = true
    one.send(conversation, text('from one'))
    world.clock.time++
    two.send(conversation, text('from two'))
    await world.settle()
    expect(kept()).toHaveLength(2)
    world.gateway.crash()
    world.gateway.holding = false
    await world.pass(2_000)
    expect(world.gateway.texts(conversation).sort()).toEqual(['from one', 'from two'])
    expect([...one.outbox(), ...two.outbox(), ...kept()]).toEqual([])
  })

  it('do not send what the other one has settled meanwhile', async () => {
    const { client: one, conversation } = await world.talking()
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'send') world.gateway.tell(socket, 'error', wireError('forbidden'), ref)
      return name === 'send'
    }
    const id = one.send(conversation, text('refused'))
    await world.settle()
    const two = await world.online()
    expect(words(two)).toEqual(['refused failed'])
    one.discard(id)
    world.gateway.instead = () => false
    two.retry(id)
    await world.settle()
    // Retried by its own person, it is theirs again: the other tab's discarding does not take it away.
    expect(world.gateway.texts(conversation)).toEqual(['refused'])

    two.close()
    world.gateway.holding = true
    one.send(conversation, text('slow'))
    await world.settle()
    const three = world.client()
    three.on('welcome', () => world.gateway.release())
    const changes = heard(three, 'outbox')
    three.connect()
    await world.settle()
    expect(world.gateway.texts(conversation)).toEqual(['refused', 'slow'])
    expect(three.outbox()).toEqual([])
    expect(changes.at(-1)?.gone).toBeDefined()
  })
})

describe('an entry that was found in storage', () => {
  it('is not sent when another tab has settled it before its turn came', async () => {
    const { client: one, conversation } = await world.talking()
    world.gateway.holding = true
    one.send(conversation, text('slow'))
    await world.settle()
    const two = world.client()
    const changes = heard(two, 'outbox')
    world.gateway.lose = name => name === 'replay'
    world.gateway.page = 0
    two.connect()
    await world.settle()
    expect(words(two)).toEqual(['slow sending'])
    for (const key of kept()) world.storage.removeItem(key)
    const summary = two.welcome?.visitor?.conversation
    if (!summary) return
    world.gateway.socket.push('replay', { summary, reset: true, entries: [], more: false })
    await world.settle()
    expect(sent()).toEqual([])
    expect(changes.map(({ gone }) => gone)).toEqual([undefined, 'discarded'])
  })
})

describe('bounds', () => {
  it('keeps no more sends under way than the gateway takes', async () => {
    world.gateway.limits.unstored_sends = 3
    const { client, conversation } = await world.talking()
    world.gateway.holding = true
    for (let i = 0; i < 5; i++) client.send(conversation, text(`${i}`))
    await world.settle()
    expect(sent()).toHaveLength(3)
    world.gateway.release()
    await world.settle()
    expect(world.gateway.texts(conversation)).toEqual(['0', '1', '2', '3', '4'])
  })

  it('keeps no more bytes of texts under way than the gateway takes, but one text in any case', async () => {
    world.gateway.limits.unstored_bytes = 10
    const { client, conversation } = await world.talking()
    world.gateway.holding = true
    const words = ['äääää', 'b', 'longer than all that', 'c']
    for (const word of words) client.send(conversation, text(word))
    await world.settle()
    expect(sent()).toEqual(['äääää'])
    world.gateway.release()
    await world.settle()
    expect(world.gateway.texts(conversation)).toEqual(words)
  })

  it('takes up entries of every kind', async () => {
    const { client, conversation } = await world.talking()
    const kinds: Content[] = [
      {
        kind: 'attachment',
        attachment: { id: 'a', name: 'a.txt', size: 1, type: 'text/plain', url: '/files/a' },
      },
      { kind: 'rating', rating: { score: 5, comment: 'Fine' } },
      { kind: 'status', status: 'resolved' },
      { kind: 'assignment', assignment: {} },
    ]
    for (const content of kinds) client.send(conversation, content)
    await world.settle()
    expect(client.outbox()).toEqual([])
    expect(world.gateway.logs.get(conversation)?.stored.map(({ content }) => content)).toEqual(kinds)
  })

  it('sends again what is not stored for long, ever more rarely', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.lose = name => name === 'stored'
    world.gateway.limits.silence_ms = 3_600_000
    world.gateway.socket.end()
    await world.pass(125)
    client.send(conversation, text('a'))
    await world.pass(RESEND_MS)
    expect(sent()).toEqual(['a', 'a'])
    await world.pass(2 * RESEND_MS - 1)
    expect(sent()).toEqual(['a', 'a'])
    world.gateway.lose = () => false
    await world.pass(1)
    expect(client.outbox()).toEqual([])
    expect(world.gateway.texts(conversation)).toEqual(['a'])
  })

  it('keeps so many entries in storage, and the rest in memory', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.socket.end()
    for (let i = 0; i < KEPT_ENTRIES + 5; i++) client.send(conversation, text(`${i}`))
    expect(kept()).toHaveLength(KEPT_ENTRIES)
    await world.pass(125)
    expect(world.gateway.texts(conversation)).toHaveLength(KEPT_ENTRIES + 5)
  })

  it('works when storage is full', async () => {
    const { client, conversation } = await world.talking()
    world.storage.quota = 0
    client.send(conversation, text('a'))
    await world.settle()
    expect(world.gateway.texts(conversation)).toEqual(['a'])
  })

  it('clears away what is too old or not readable', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.socket.end()
    client.send(conversation, text('old'))
    client.close()
    world.storage.setItem('chatdesk:out:junk', '{')
    world.storage.setItem('chatdesk:out:null', 'null')
    world.storage.setItem('chatdesk:out:shape', '{"at":1e15,"content":"?","conversation":7}')
    world.clock.time += KEPT_MS + 1
    const later = await world.online()
    expect(later.outbox()).toEqual([])
    expect(kept()).toEqual([])
    expect(world.gateway.texts(conversation)).toEqual([])
  })
})
