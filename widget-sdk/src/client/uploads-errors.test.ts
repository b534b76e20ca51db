import { expect, it } from 'vitest'
import { wireError } from './fake-server.ts'
import { FakeWorld } from './fake-world.ts'
import { uploadsOf } from './uploads.ts'

const file = { bytes: new Uint8Array(100_000), name: 'a.txt', type: 'text/plain' }

it('an upload that waited long for its turn may still go astray once', async () => {
  const world = new FakeWorld()
  const { client, conversation } = await world.talking()
  const uploads = uploadsOf(client, world.clock)
  let busy = 6
  let strays = 1
  world.gateway.instead = (socket, { name, ref, body }) => {
    const full = name === 'upload_open' && busy-- > 0
    const astray = name === 'upload_chunk' && strays-- > 0
    if (full) world.gateway.tell(socket, 'error', wireError('rate_limited', true), ref)
    if (astray) world.gateway.tell(socket, 'error', { ...wireError('not_found'), upload: body.upload })
    return full || astray
  }
  uploads.add(conversation, file)
  await world.until(() => {
    if (uploads.list()[0]?.status === 'waiting') void world.pass(20_000)
    return uploads.list()[0]?.status !== 'waiting' && strays <= 0 && client.outbox().length === 0
  })
  await world.until(() => uploads.list().length === 0)
  expect([...world.gateway.uploads.files.values()][0]?.attachment).toBeDefined()
})

it('one that was done when the session had turned to another visitor becomes no entry of theirs', async () => {
  const world = new FakeWorld()
  const { client, conversation } = await world.talking()
  const uploads = uploadsOf(client, world.clock)
  const client_id = uploads.add(conversation, file)
  await world.until(() => world.gateway.socket.saidOf('upload_chunk').length > 1)
  await Promise.all([client.identify({ token: 'sub:ada' }), world.settle()])
  const attachment = { id: 'upload-1', name: 'a.txt', size: 100_000, type: 'text/plain', url: '/f' }
  world.gateway.socket.push('upload_done', { client_id, attachment })
  expect(client.outbox()).toEqual([])
  expect(uploads.list()).toMatchObject([{ status: 'failed' }])
})

it('one that has failed is tried again when that is wished, and sent once', async () => {
  const world = new FakeWorld()
  const { client, conversation } = await world.talking()
  const uploads = uploadsOf(client, world.clock)
  let refused = 1
  world.gateway.instead = (socket, { name, ref }) => {
    const refuses = name === 'upload_open' && refused-- > 0
    if (refuses) world.gateway.tell(socket, 'error', wireError('conflict'), ref)
    return refuses
  }
  const client_id = uploads.add(conversation, file)
  await world.until(() => uploads.list()[0]?.status === 'failed')
  uploads.retry('another')
  uploads.retry(client_id)
  expect(uploads.list()).toMatchObject([{ client_id, status: 'preparing' }])
  expect(uploads.list()[0]).not.toHaveProperty('error')
  uploads.retry(client_id)
  await world.until(() => uploads.list().length === 0 && client.outbox().length === 0)
  expect(world.gateway.logs.get(conversation)?.stored).toHaveLength(1)
})
