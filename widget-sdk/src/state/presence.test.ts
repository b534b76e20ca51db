import { beforeEach, expect, test } from 'vitest'
import { FakeWorld } from '../client/fake-world.ts'
import { openPresence } from './presence.ts'

let world: FakeWorld
beforeEach(() => {
  world = new FakeWorld()
})

const agent = { hello: () => ({ role: 'agent' as const }) }
const ada = { id: 'ada', name: 'Ada', availability: 'online' as const, present: true }

test('colleagues stand by name, as the welcome and what came since told of them', async () => {
  const client = world.client(agent)
  const presence = openPresence(client)
  expect(presence.view).toEqual({ colleagues: [], availability: undefined })
  client.connect()
  await world.settle()
  world.gateway.socket.push('presence', ada)
  expect(presence.view.colleagues.map(({ name }) => name)).toEqual(['Ada', 'Grace'])
  world.gateway.socket.push('presence', { ...ada, present: false })
  expect(presence.view.colleagues[0]?.present).toBe(false)
  expect(presence.view.availability).toBe('online')
  // What came before the connection was lost may have changed since.
  world.gateway.socket.end()
  await world.pass(125)
  expect(presence.view.colleagues.map(({ name }) => name)).toEqual(['Grace'])
  presence.close()
  world.gateway.socket.push('presence', ada)
  expect(presence.view.colleagues).toHaveLength(1)
})

test('what one chooses is known once the gateway has it, and when it was chosen elsewhere', async () => {
  const client = await world.online(agent)
  const presence = openPresence(client)
  await world.settle()
  let told = 0
  presence.subscribe(() => told++)
  const chosen = presence.choose('away')
  expect(presence.view.availability).toBe('online')
  await world.settle()
  await chosen
  expect(world.gateway.socket.saidOf('set_availability')).toEqual([{ availability: 'away' }])
  expect(presence.view).toMatchObject({ availability: 'away', colleagues: [{ availability: 'away' }] })
  const me = { ...ada, id: client.me?.id ?? '', name: 'Grace' }
  world.gateway.socket.push('presence', me)
  expect(presence.view.availability).toBe('online')
  await world.settle()
  expect(told).toBe(2)
  client.close()
  await expect(presence.choose('away')).rejects.toMatchObject({ error: { code: 'unavailable' } })
})
