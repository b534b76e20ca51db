import { beforeEach, describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { wireError } from './fake-server.ts'
import { FakeWorld, heard } from './fake-world.ts'
import { CloseCode } from './wire.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const TOKEN = 'chatdesk:token'
const VISITOR = { role: 'visitor', widget_key: 'wk_test', features: ['uploads'] }
const agent = { hello: () => ({ role: 'agent' as const }) }

describe("a visitor's session", () => {
  it('begins without a token, keeps the one it is given, and is the same after a reconnect and a reload', async () => {
    const first = await world.online()
    expect(world.gateway.socket.saidOf('hello')).toEqual([VISITOR])
    expect(first.me).toEqual({ kind: 'visitor', id: first.welcome?.visitor?.visitor })
    const token = world.storage.getItem(TOKEN)
    expect(token).toBe(first.welcome?.visitor?.token)

    world.gateway.socket.end()
    await world.pass(125)
    expect(world.gateway.socket.saidOf('hello')[0]?.token).toBe(token)

    const reloaded = await world.online()
    expect(world.gateway.socket.saidOf('hello')[0]?.token).toBe(token)
    expect(reloaded.me?.id).toBe(first.me?.id)
  })

  it.each(['full', 'absent'])('lasts as long as the page where storage is %s', async how => {
    world.storage.quota = 0
    const client = world.client()
    const bare = new Client({
      url: 'ws://gateway.test/ws',
      hello: () => ({ role: 'visitor', widget_key: 'wk_test' }),
      storageKey: 'chatdesk',
      WebSocket: world.gateway.WebSocket,
      clock: world.clock,
    })
    const visitor = how === 'full' ? client : bare
    visitor.connect()
    await world.settle()
    const before = visitor.me
    world.gateway.socket.end()
    await world.pass(125)
    expect(visitor.state).toBe('online')
    expect(visitor.me).toEqual(before)
    expect([...world.storage.items.keys()]).toEqual([])
  })

  it('forgets a token that is not taken, and says hello again on the same socket as somebody new', async () => {
    world.storage.setItem(TOKEN, 'stale')
    const client = world.client()
    const errors = heard(client, 'error')
    client.connect()
    await world.settle()
    expect(world.gateway.sockets).toHaveLength(1)
    expect(world.gateway.socket.saidOf('hello').map(hello => hello.token)).toEqual(['stale', undefined])
    expect(client.state).toBe('online')
    expect(world.storage.getItem(TOKEN)).toBe(client.welcome?.visitor?.token)
    expect(errors).toEqual([])
  })

  it('drops cursors and unsent entries of the visitor that it was', async () => {
    const { client, conversation } = await world.talking()
    world.gateway.holding = true
    client.send(conversation, { kind: 'text', text: 'unsent' })
    await world.settle()
    world.gateway.tokens.clear()
    world.gateway.socket.end()
    await world.pass(125)
    const hellos = world.gateway.socket.saidOf('hello')
    expect(hellos.map(hello => hello.resume?.length ?? 0)).toEqual([1, 0])
    expect(client.outbox()).toEqual([])
    await world.pass(60_000)
    expect(world.gateway.socket.saidOf('follow')).toEqual([])
    expect(world.gateway.socket.saidOf('send')).toEqual([])
  })

  it('tries the token that another tab has stored meanwhile', async () => {
    const client = await world.online()
    const refused = world.storage.getItem(TOKEN) ?? ''
    world.gateway.tokens.delete(refused)
    world.gateway.tokens.set('rotated', client.me?.id ?? '')
    world.storage.setItem(TOKEN, 'rotated')
    world.gateway.socket.end()
    await world.pass(125)
    expect(world.gateway.socket.saidOf('hello').map(hello => hello.token)).toEqual([refused, 'rotated'])
    expect(world.storage.getItem(TOKEN)).toBe('rotated')
  })

  it('begins anew when it is revoked, with backoff and not for ever in a hurry', async () => {
    const client = await world.online()
    const before = client.me?.id
    world.gateway.tokens.clear()
    world.gateway.socket.end(CloseCode.Unauthenticated, 'unauthenticated')
    expect(client.state).toBe('reconnecting')
    await world.pass(125)
    expect(client.state).toBe('online')
    expect(client.me?.id).not.toBe(before)
    world.gateway.socket.end(CloseCode.Unauthenticated, 'unauthenticated')
    expect(world.clock.next).toBe(250)
  })

  it('forgets everything when asked, and begins as somebody new', async () => {
    const { client, conversation } = await world.talking()
    const before = client.me?.id
    client.send(conversation, { kind: 'text', text: 'never mind' })
    client.forget()
    expect([...world.storage.items.keys()]).toEqual([])
    expect(client.me).toBeUndefined()
    client.connect()
    await world.settle()
    expect(client.me?.id).not.toBe(before)
    expect(world.gateway.socket.saidOf('hello')).toEqual([VISITOR])
  })

  it('cuts what the page reports to what the gateway takes', async () => {
    const url = `https://shop.test/${'ü'.repeat(2_000)}`
    await world.online({
      hello: () => ({ role: 'visitor', widget_key: 'wk_test', page: { url, title: 'a\0b', referrer: '' } }),
    })
    const { page } = world.gateway.socket.saidOf('hello')[0] ?? {}
    expect(page?.title).toBe('ab')
    expect(page).not.toHaveProperty('referrer')
    expect(url.startsWith(page?.url ?? '?')).toBe(true)
    expect(new TextEncoder().encode(page?.url).length).toBe(2_000)
  })
})

describe("an agent's session", () => {
  it('needs no token where there is a cookie, and stores none', async () => {
    const client = await world.online(agent)
    expect(client.me).toMatchObject({ kind: 'agent', name: 'Grace' })
    expect(world.gateway.socket.saidOf('hello')).toEqual([{ role: 'agent', features: ['uploads'] }])
    expect([...world.storage.items.keys()]).toEqual([])
  })

  it('uses the token that it was given, and does not try without it', async () => {
    world.gateway.tokens.set('login', 'agent-7')
    const client = world.client(agent)
    client.setToken('login')
    client.connect()
    await world.settle()
    expect(client.me?.id).toBe('agent-7')

    world.gateway.tokens.clear()
    world.gateway.socket.end()
    await world.pass(125)
    expect(client.state).toBe('closed')
    expect(client.refusal).toMatchObject({
      code: CloseCode.Unauthenticated,
      error: { code: 'unauthenticated' },
    })
    expect(world.gateway.socket.saidOf('hello')).toHaveLength(1)
  })
})

describe('a hello that is refused', () => {
  it.each([
    ['not_found', CloseCode.NoWidget],
    ['origin_refused', CloseCode.OriginRefused],
    ['bad_field', CloseCode.BadFrame],
  ] as const)('for good (%s) ends it', async (code, close) => {
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'hello') world.gateway.tell(socket, 'error', wireError(code), ref)
      return name === 'hello'
    }
    const client = await world.online()
    expect(client.state).toBe('closed')
    expect(client.refusal).toMatchObject({ code: close, reason: code, error: { code } })
    expect(world.clock.timers).toBe(0)
  })

  it('for now is said again on a new socket, not before the gateway wants it', async () => {
    world.gateway.instead = (socket, { name, ref }) => {
      if (name === 'hello') world.gateway.tell(socket, 'error', wireError('unavailable', true, 3_000), ref)
      return name === 'hello'
    }
    const client = await world.online()
    expect(client.state).toBe('connecting')
    world.gateway.instead = () => false
    await world.pass(2_999)
    expect(world.gateway.sockets).toHaveLength(1)
    await world.pass(1)
    expect(client.state).toBe('online')
  })
})
