import { beforeEach, describe, expect, it } from 'vitest'
import { FakeWorld } from './fake-world.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

class Page extends EventTarget {
  document = { visibilityState: 'visible' }
}

describe('waking', () => {
  it.each(['online', 'pageshow', 'resume', 'visibilitychange'])('probes the connection at %s', async type => {
    const page = new Page()
    const client = await world.online({ wake: page })
    page.dispatchEvent(new Event(type))
    await world.settle()
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(1)
    client.close()
    page.dispatchEvent(new Event(type))
    await world.settle()
    expect(world.gateway.sockets).toHaveLength(1)
  })

  it('does not take a page that goes out of sight for one that wakes, but does hear of its network', async () => {
    const page = new Page()
    await world.online({ wake: page })
    page.document.visibilityState = 'hidden'
    page.dispatchEvent(new Event('visibilitychange'))
    await world.settle()
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(0)
    page.dispatchEvent(new Event('online'))
    await world.settle()
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(1)
  })

  it('hangs up when its page is left, once what was said is on its way, and is back with the page', async () => {
    const page = new Page()
    const client = await world.online({ wake: page })
    client.probe()
    page.dispatchEvent(new Event('pagehide'))
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(1)
    expect(client.state).toBe('reconnecting')
    page.dispatchEvent(new Event('pagehide'))
    page.dispatchEvent(new Event('pageshow'))
    await world.settle()
    expect(client.state).toBe('online')
    expect(world.gateway.sockets).toHaveLength(2)
    client.close()
    page.dispatchEvent(new Event('pagehide'))
    expect(client.state).toBe('closed')
  })

  it('needs no document', async () => {
    const target = new EventTarget()
    await world.online({ wake: target })
    target.dispatchEvent(new Event('visibilitychange'))
    await world.settle()
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(1)
  })
})
