import { beforeEach, describe, expect, it } from 'vitest'
import { BACKOFF_MAX_MS, BACKOFF_MIN_MS, backoff } from './backoff.ts'
import { encodeFrame } from './codec.ts'
import { FakeWorld, heard } from './fake-world.ts'
import { CONNECT_MS, PROBE_MS, STEADY_MS } from './socket.ts'
import { CloseCode, FRAME_BYTES, ServerOp, SUBPROTOCOL } from './wire.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

describe('backoff', () => {
  it('waits a random part of a bound that doubles up to its maximum', () => {
    for (const attempt of [0, 1, 2, 3, 6, 7, 50, 5_000]) {
      const bound = Math.min(BACKOFF_MIN_MS * 2 ** attempt, BACKOFF_MAX_MS)
      expect(backoff(attempt, () => 0)).toBe(0)
      expect(backoff(attempt, () => 0.5)).toBe(bound / 2)
      expect(backoff(attempt, () => 0.999)).toBeLessThan(bound)
    }
  })

  it('grows while attempts fail, and starts over after a connection that lived', async () => {
    world.gateway.dial = 'break'
    const client = world.client()
    client.connect()
    const waits: (number | undefined)[] = []
    for (let attempt = 0; attempt < 9; attempt++) {
      await world.settle()
      waits.push(world.clock.next)
      await world.pass(world.clock.next ?? 0)
    }
    expect(waits).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
    expect(client.state).toBe('connecting')

    world.gateway.dial = 'accept'
    await world.pass(10_000)
    expect(client.state).toBe('online')
    world.gateway.socket.end()
    expect(world.clock.next).toBe(10_000)
    await world.pass(10_000)
    await world.pass(STEADY_MS)
    world.gateway.socket.end()
    expect(client.state).toBe('reconnecting')
    expect(world.clock.next).toBe(125)
  })
})

describe('the connection', () => {
  it('offers the subprotocol, takes binary, and says hello first', async () => {
    const client = world.client()
    const states = heard(client, 'state')
    expect(client.state).toBe('idle')
    client.connect()
    client.connect()
    await world.settle()
    expect(world.gateway.sockets).toHaveLength(1)
    expect(world.gateway.socket).toMatchObject({
      protocol: SUBPROTOCOL,
      binaryType: 'arraybuffer',
      url: 'ws://gateway.test/ws',
    })
    expect(world.gateway.socket.said[0]?.name).toBe('hello')
    expect(states).toEqual(['connecting', 'online'])
  })

  it('gives an attempt up that hangs, at the handshake or at the welcome', async () => {
    world.gateway.dial = 'hang'
    const client = world.client()
    client.connect()
    await world.pass(CONNECT_MS + 125)
    expect(world.gateway.sockets).toHaveLength(2)
    world.gateway.dial = 'accept'
    world.gateway.instead = (_, { name }) => name === 'hello'
    await world.pass(CONNECT_MS + 250)
    world.gateway.instead = () => false
    await world.pass(CONNECT_MS + 500)
    expect(client.state).toBe('online')
  })

  it('sends the frames of one tick as one message, and no message beyond the bound', async () => {
    const { client, conversation } = await world.talking()
    const { socket } = world.gateway
    const before = socket.messages.length
    client.typing(conversation, true)
    client.follow('conversation-other')
    void client.request('history', { conversation, before: 1 })
    await world.settle()
    expect(socket.messages).toHaveLength(before + 1)

    const sends = 12
    const text = 'x'.repeat(16_000)
    for (let i = 0; i < sends; i++) client.follow(text + i)
    await world.settle()
    const large = socket.messages.slice(before + 1)
    expect(Math.max(...large)).toBeLessThanOrEqual(FRAME_BYTES)
    expect(large.length).toBe(3)
  })

  it('answers a ping at once, with its ref', async () => {
    await world.online()
    const { socket } = world.gateway
    socket.push('ping', {}, 7)
    expect(socket.said.at(-1)).toEqual({ name: 'pong', ref: 7, body: {} })
  })

  it('replaces a connection that has been silent for too long, and no other', async () => {
    const client = await world.online()
    for (let minute = 0; minute < 5; minute++) {
      await world.pass(59_000)
      world.gateway.socket.push('ping', {})
    }
    expect(world.gateway.sockets).toHaveLength(1)
    await world.pass(60_000)
    expect(client.state).toBe('reconnecting')
    expect(world.gateway.sockets[0]?.open).toBe(false)
    await world.pass(125)
    expect(client.state).toBe('online')
    expect(world.gateway.sockets).toHaveLength(2)
  })

  it('notices silence when the clock was set back meanwhile', async () => {
    const client = await world.online()
    world.gateway.socket.push('ping', {})
    world.clock.time -= 86_400_000
    world.gateway.dial = 'hang'
    await world.pass(86_400_000 + 60_000)
    expect(client.state).toBe('reconnecting')
    expect(world.gateway.sockets[0]?.open).toBe(false)
  })

  it('drops a connection whose bytes are no frames, after taking those before them', async () => {
    const client = await world.online()
    const errors = heard(client, 'error')
    const availability = heard(client, 'availability')
    const { socket } = world.gateway
    socket.raw('text')
    expect(client.state).toBe('reconnecting')
    await world.pass(125)
    world.gateway.socket.raw(new Uint8Array([0x93, 34, 0, 0x81, 0xa1, 0x78, 1, 0xc1]))
    expect(availability).toHaveLength(1)
    expect(errors.map(error => error.code)).toEqual(['bad_frame', 'bad_frame'])
    await world.pass(500)
    expect(client.state).toBe('online')
  })

  it('takes nothing more of a message once a handler has closed the client', async () => {
    const client = await world.online()
    const availability = heard(client, 'availability')
    client.on('availability', () => client.close())
    const one = encodeFrame(ServerOp.availability, 0, { online: true, agents: [] })
    world.gateway.socket.raw(new Uint8Array([...one, ...one]))
    expect(availability).toHaveLength(1)
  })

  it('ignores ops of a later version, and replies that nobody waits for', async () => {
    const client = await world.online()
    world.gateway.socket.raw(new Uint8Array([0x93, 0xcd, 0x03, 0xe7, 0, 0x80]))
    world.gateway.socket.push('inbox_page', { conversations: [] }, 99)
    world.gateway.socket.push('ok', {}, 98)
    expect(client.state).toBe('online')
  })

  it('listens for errors as long as a socket lives, also of one that it has left', async () => {
    const client = await world.online()
    const [left] = world.gateway.sockets
    client.close()
    expect(left?.onclose).toBeNull()
    expect(left?.onmessage).toBeNull()
    expect(() => left?.onerror?.call(left as never, new Event('error'))).not.toThrow()
    expect(left?.onerror).not.toBeNull()
  })

  it('closes on request: what was said goes out, requests fail, no timer is left', async () => {
    const client = await world.online()
    const { socket } = world.gateway
    client.follow('conversation-other')
    const asked = client.request('history', { conversation: 'conversation-other', before: 1 })
    client.close()
    await expect(asked).rejects.toMatchObject({ error: { code: 'unavailable', retryable: true } })
    expect(socket.saidOf('follow')).toHaveLength(1)
    expect(socket.open).toBe(false)
    expect(client.state).toBe('closed')
    expect(client.refusal).toBeUndefined()
    expect(world.clock.timers).toBe(0)
    await world.pass(60_000)
    expect(world.gateway.sockets).toHaveLength(1)
    client.connect()
    await world.settle()
    expect(client.state).toBe('online')
  })

  it('may be closed from within any handler', async () => {
    for (const event of ['state', 'welcome', 'replay'] as const) {
      const client = world.client()
      world.gateway.open('visitor-1', 'conversation-1')
      world.gateway.tokens.set('token', 'visitor-1')
      world.storage.setItem('chatdesk:token', 'token')
      client.on(event, () => client.state === 'online' && client.close())
      client.connect()
      await world.settle()
      await world.pass(60_000)
      expect(client.state, event).toBe('closed')
      expect(world.clock.timers, event).toBe(0)
    }
  })
})

describe('probing', () => {
  it('does nothing to a connection that answers', async () => {
    const client = await world.online()
    client.probe()
    client.probe()
    await world.settle()
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(1)
    await world.pass(PROBE_MS)
    expect(world.gateway.sockets).toHaveLength(1)
    client.probe()
    await world.settle()
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(2)
  })

  it('replaces a connection that does not, without a wait', async () => {
    const client = await world.online()
    world.gateway.instead = (_, { name }) => name === 'ping'
    client.probe()
    await world.pass(PROBE_MS - 1)
    expect(client.state).toBe('online')
    await world.pass(1)
    expect(world.gateway.sockets).toHaveLength(2)
    expect(client.state).toBe('online')
  })

  it('cuts the wait for the next attempt short, and leaves an attempt alone', async () => {
    world.gateway.dial = 'break'
    const client = world.client()
    client.probe()
    expect(world.gateway.sockets).toHaveLength(0)
    client.connect()
    await world.settle()
    world.gateway.dial = 'accept'
    client.probe()
    client.probe()
    await world.settle()
    expect(world.gateway.sockets).toHaveLength(2)
    expect(client.state).toBe('online')
  })
})

describe('goaway', () => {
  it('connects anew at a random time within the window, and works on until then', async () => {
    const { client } = await world.talking()
    world.clock.chance = 0.25
    world.gateway.socket.push('goaway', { within_ms: 8_000 })
    world.gateway.socket.push('goaway', { within_ms: 8_000 })
    await world.pass(1_999)
    expect(client.state).toBe('online')
    expect(world.gateway.sockets).toHaveLength(1)
    await world.pass(1)
    expect(world.gateway.sockets).toHaveLength(2)
    expect(client.state).toBe('online')
    await world.pass(20_000)
    expect(world.gateway.sockets).toHaveLength(2)
  })

  it('comes back at that time, too, when the gateway closes before: not all at once', async () => {
    const client = await world.online()
    world.gateway.socket.push('goaway', { within_ms: 30_000 })
    world.gateway.socket.end(CloseCode.Draining, 'draining')
    await world.pass(14_999)
    expect(client.state).toBe('reconnecting')
    await world.pass(1)
    expect(client.state).toBe('online')
    await world.pass(30_000)
    expect(world.gateway.sockets).toHaveLength(2)
  })
})

describe('close codes', () => {
  const codes = Object.entries(CloseCode)

  it.each(codes.filter(([, code]) => code < 4500 && code !== CloseCode.RateLimited))(
    '%s (%d): connects again',
    async (_, code) => {
      const client = await world.online()
      world.gateway.socket.end(code)
      expect(client.state).toBe('reconnecting')
      await world.pass(125)
      expect(client.state).toBe('online')
    },
  )

  it.each(codes.filter(([, code]) => code >= 4500))(
    '%s (%d): an agent stays away, and is told why',
    async (_, code) => {
      const client = await world.online({ hello: () => ({ role: 'agent' }) })
      const states = heard(client, 'state')
      world.gateway.socket.end(code, 'because')
      expect(client.state).toBe('closed')
      expect(client.refusal).toEqual({ code, reason: 'because' })
      await world.pass(600_000)
      expect(world.gateway.sockets).toHaveLength(1)
      expect(states).toEqual(['closed'])

      client.connect()
      await world.settle()
      expect(client.state).toBe('online')
      expect(client.refusal).toBeUndefined()
    },
  )

  it('takes a code outside the range as a broken socket', async () => {
    const client = await world.online()
    world.gateway.socket.end(1011)
    await world.pass(125)
    expect(client.state).toBe('online')
  })
})
