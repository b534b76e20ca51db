import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { wireError } from './fake-server.ts'
import { FakeWorld, heard } from './fake-world.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const text = (words: string) => ({ kind: 'text' as const, text: words })
const words = (client: Client) => client.outbox().map(({ content, status }) => `${content.text} ${status}`)
const sent = () => world.gateway.socket.saidOf('send').map(({ content }) => content.text)
const kept = () => [...world.storage.items.keys()].filter(key => key.startsWith('chatdesk:out:'))

describe('errors of what was sent', () => {
  /** Answers sends with an error, each time this list has one left. */
  function refuse(...errors: ReturnType<typeof wireError>[]): void {
    world.gateway.instead = (socket, { name, ref }) => {
      const error = name === 'send' && errors.shift()
      if (error) world.gateway.tell(socket, 'error', error, ref)
      return Boolean(error)
    }
  }

  it('that are final mark an entry failed, and let the next one pass', async () => {
    const { client, conversation } = await world.talking()
    refuse(wireError('bad_field'))
    const id = client.send(conversation, text('bad'))
    client.send(conversation, text('good'))
    await world.settle()
    expect(client.outbox()).toMatchObject([{ client_id: id, status: 'failed', error: { code: 'bad_field' } }])
    expect(world.gateway.texts(conversation)).toEqual(['good'])

    const reloaded = await world.online()
    expect(words(reloaded)).toEqual(['bad failed'])
    expect(sent()).toEqual([])
    reloaded.discard(id)
    expect(reloaded.outbox()).toEqual([])
    expect(kept()).toEqual([])
  })

  it('that are final leave it to the person to send again', async () => {
    const { client, conversation } = await world.talking()
    refuse(wireError('forbidden'))
    const id = client.send(conversation, text('again'))
    await world.settle()
    client.retry(id)
    expect(client.outbox()[0]).not.toHaveProperty('error')
    client.retry(id)
    client.discard(id)
    await world.settle()
    expect(world.gateway.texts(conversation)).toEqual(['again'])
  })

  it('that are not final hold their conversation back, for as long as the gateway says, and no other', async () => {
    const { client, conversation } = await world.talking()
    const errors = heard(client, 'error')
    const other = world.gateway.open(client.me?.id ?? '').id
    client.follow(other)
    await world.settle()
    refuse(wireError('unavailable', true, 5_000))
    client.send(conversation, text('a'))
    client.send(conversation, text('b'))
    client.send(other, text('c'))
    await world.pass(4_999)
    expect(world.gateway.texts(conversation)).toEqual([])
    expect(world.gateway.texts(other)).toEqual(['c'])
    expect(words(client)).toEqual(['a sending', 'b sending'])
    expect(errors.map(error => error.code)).toEqual(['unavailable'])
    await world.pass(1)
    expect(world.gateway.texts(conversation)).toEqual(['a', 'b'])
  })

  it('that come after an entry was taken count as well', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.holding = true
    client.send(conversation, text('cannot be stored'))
    await world.settle()
    const ref = world.gateway.socket.said.at(-1)?.ref
    world.gateway.socket.push('error', wireError('bad_field'), ref)
    expect(words(client)).toEqual(['cannot be stored failed'])
  })

  it('are made here for what the gateway would close the connection over', async () => {
    const { client, conversation } = await world.talking()
    client.send(conversation, text('ü'.repeat(8_193)))
    client.send(conversation, text('ü'.repeat(8_192)))
    await world.settle()
    expect(client.outbox()).toMatchObject([
      { status: 'failed', error: { code: 'too_large', field: 'content.text', retryable: false } },
    ])
    expect(world.gateway.texts(conversation)).toHaveLength(1)
    expect(client.state).toBe('online')
  })

  it('of a conversation that may not be followed fail what was written to it', async () => {
    const client = await world.online()
    const { id } = world.gateway.open(client.me?.id ?? '')
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'follow') world.gateway.tell(socket, 'error', wireError('bad_field'), ref)
      return name === 'follow'
    }
    client.send(id, text('one too many'))
    await world.settle()
    expect(words(client)).toEqual(['one too many failed'])
  })

  it('of a conversation that is not there take what was written to it along', async () => {
    const client = await world.online()
    const [errors, gone] = [heard(client, 'error'), heard(client, 'gone')]
    client.send('conversation-gone', text('to nobody'))
    await world.settle()
    expect(words(client)).toEqual([])
    expect(errors.map(error => error.code)).toEqual(['not_found'])
    expect(gone).toEqual([{ conversation: 'conversation-gone' }])
    await world.pass(120_000)
    const asked = world.gateway.sockets.flatMap(({ said }) => said).filter(({ name }) => name === 'follow')
    expect(asked).toHaveLength(1)
    expect(world.gateway.socket.saidOf('hello')[0]).not.toHaveProperty('resume')
  })
})
