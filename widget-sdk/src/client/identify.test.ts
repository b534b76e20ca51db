import { beforeEach, describe, expect, it } from 'vitest'
import { FakeWorld, heard } from './fake-world.ts'
import { CloseCode } from './wire.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const ADA = { token: 'sub:ada' }
const text = (words: string) => ({ kind: 'text' as const, text: words })

describe('identifying without a token', () => {
  it('leaves the visitor who they are, and tells their name from then on', async () => {
    const { client, conversation } = await world.talking()
    const switches = heard(client, 'switched')
    const before = client.me?.id
    const identified = client.identify({ name: 'Ada', external_id: 'u-1' })
    await world.settle()
    await expect(identified).resolves.toMatchObject({ visitor: before, verified: false, name: 'Ada' })
    expect(client.me).toEqual({ kind: 'visitor', id: before, name: 'Ada' })
    expect(client.welcome?.visitor).toMatchObject({ visitor: before, name: 'Ada' })
    expect(switches).toEqual([])
    client.send(conversation, text('as before'))
    await world.settle()
    expect(world.gateway.texts(conversation)).toEqual(['as before'])
  })

  it('is refused like any request, and when there is no connection', async () => {
    const client = await world.online()
    const bad = client.identify({ token: 'forged' })
    const refused = expect(bad).rejects.toMatchObject({ error: { code: 'unauthenticated' } })
    await world.settle()
    await refused
    expect(client.state).toBe('online')
    client.close()
    await expect(client.identify(ADA)).rejects.toMatchObject({ error: { retryable: true } })
  })
})

describe('identifying as somebody else', () => {
  it('twice at once ends as the last one', async () => {
    const { client } = await world.talking()
    const both = Promise.all([client.identify(ADA), client.identify({ token: 'sub:bob' })])
    await world.until(() => client.me?.id === 'verified-bob')
    expect((await both).map(({ visitor }) => visitor)).toEqual(['verified-ada', 'verified-bob'])
  })

  it('does not take along what was written before the first welcome', async () => {
    const { client: first, conversation } = await world.talking()
    first.close()
    world.gateway.holding = true
    const client = world.client()
    client.send(conversation, text('of the former'))
    client.connect()
    await world.settle()
    await Promise.all([client.identify(ADA), world.settle()])
    await world.settle()
    expect(client.outbox()).toEqual([])
  })

  it('drops what was followed and unsent, and takes up what is theirs', async () => {
    const { client, conversation } = await world.talking()
    const former = client.me?.id
    world.gateway.holding = true
    client.send(conversation, text('of the former'))
    await world.settle()
    const theirs = world.gateway.open('verified-ada').id
    world.gateway.holding = false
    const switches = heard(client, 'switched')
    const replays = heard(client, 'replay')
    const identified = client.identify(ADA)
    await world.settle()
    expect((await identified).conversation?.conversation).toBe(theirs)
    expect(switches).toMatchObject([
      { former, me: { id: 'verified-ada' }, conversation: { conversation: theirs } },
    ])
    expect(replays.map(({ summary }) => summary.conversation)).toEqual([theirs])
    expect(client.outbox()).toEqual([])
    client.send(theirs, text('of the new one'))
    await world.settle()
    expect(world.gateway.texts(theirs)).toEqual(['of the new one'])

    world.gateway.socket.end()
    await world.pass(125)
    expect(world.gateway.socket.saidOf('hello')[0]?.resume).toEqual([{ conversation: theirs, cursor: 1 }])
    expect(world.gateway.socket.saidOf('send')).toEqual([])
    expect(client.me?.id).toBe('verified-ada')
  })

  it('keeps what the former one left unsent until they are back', async () => {
    const { client, conversation } = await world.talking()
    const token = world.storage.getItem('chatdesk:token') ?? ''
    const former = client.me?.id ?? ''
    world.gateway.holding = true
    client.send(conversation, text('for later'))
    await world.settle()
    world.gateway.instead = (_, { name }) => name === 'send'
    void client.identify(ADA)
    await world.settle()
    client.close()
    world.gateway.holding = false
    world.gateway.instead = () => false
    world.gateway.crash()
    world.gateway.tokens.set(token, former)
    const back = await world.online()
    await world.settle()
    expect(back.me?.id).toBe(former)
    expect(world.gateway.texts(conversation)).toEqual(['for later'])
  })

  it('fails what was asked before, and starts for the new one what was being started', async () => {
    const client = await world.online()
    const errors = heard(client, 'error')
    world.gateway.instead = (_, { name }) => name === 'history' || name === 'start'
    const asked = client.request('history', { conversation: 'conversation-1', before: 1 })
    const refused = expect(asked).rejects.toMatchObject({ error: { code: 'unavailable' } })
    const started = client.start({})
    await world.settle()
    world.gateway.instead = () => false
    void client.identify(ADA)
    await world.settle()
    await refused
    const { conversation } = (await started).conversation
    expect(world.gateway.logs.get(conversation)?.visitor).toBe('verified-ada')
    expect(errors).toEqual([])
  })

  it('is told to other tabs, which come back at once and follow', async () => {
    const { client, conversation } = await world.talking()
    const other = await world.online()
    const switches = heard(other, 'switched')
    const errors = heard(other, 'error')
    const theirs = world.gateway.open('verified-ada').id
    void client.identify(ADA)
    await world.pass(0)
    expect(client.state).toBe('online')
    expect(other.state).toBe('online')
    expect(other.me?.id).toBe('verified-ada')
    expect(switches).toMatchObject([{ former: world.gateway.logs.get(conversation)?.visitor }])
    expect(errors).toEqual([])
    world.gateway.say(theirs, 'hello Ada')
    const entries = heard(other, 'entry')
    await world.settle()
    expect(entries).toHaveLength(1)
  })

  it('is not come back from at once if that goes on', async () => {
    const client = await world.online()
    world.gateway.socket.end(CloseCode.Identified)
    await world.pass(0)
    expect(client.state).toBe('online')
    world.gateway.socket.end(CloseCode.Identified)
    await world.pass(0)
    expect(client.state).toBe('reconnecting')
    expect(world.clock.next).toBe(250)
  })

  it('may be answered by closing the client', async () => {
    const { client } = await world.talking()
    client.on('switched', () => client.close())
    void client.identify(ADA)
    await world.settle()
    await world.pass(60_000)
    expect(client.state).toBe('closed')
    expect(world.clock.timers).toBe(0)
  })
})
