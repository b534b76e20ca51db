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
  it.each(['online', 'pageshow', 'visibilitychange'])('probes the connection at %s', async type => {
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

  it('needs no document', async () => {
    const target = new EventTarget()
    await world.online({ wake: target })
    target.dispatchEvent(new Event('visibilitychange'))
    await world.settle()
    expect(world.gateway.socket.saidOf('ping')).toHaveLength(1)
  })
})
