// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { wireError } from '../../client/fake-server.ts'
import { FakeWorld } from '../../client/fake-world.ts'
import type { Client } from '../../client/index.ts'
import { Store } from '../../client/storage.ts'
import { uploadsOf } from '../../client/uploads.ts'
import type { Attaching } from '../attach.tsx'
import { Tray } from './tray.tsx'

let world: FakeWorld
let client: Client
let conversation: string
let root: HTMLElement
let tab: Store
const onGiven = vi.fn<Attaching['onGiven']>()
const onStart = vi.fn()

beforeEach(async () => {
  world = new FakeWorld()
  ;({ client, conversation } = await world.talking())
  uploadsOf(client, world.clock)
  root = document.createElement('div')
  document.body.append(root)
  tab = new Store('test')
  vi.clearAllMocks()
})

afterEach(() => {
  act(() => render(null, root))
  root.remove()
})

const text = (name: string, length = 50_000) =>
  new File([new Uint8Array(length).fill(97)], name, { type: 'text/plain' })

function show(change: Partial<Attaching> = {}): void {
  const attaching = { client, conversation, given: [], onGiven, onStart, underway: tab, ...change }
  act(() => render(<Tray {...attaching} />, root))
}

const lines = () => [...root.querySelectorAll('li')].map(row => row.textContent)
const press = (label: string) =>
  act(() => root.querySelector<HTMLElement>(`[aria-label="${label}"]`)?.click())

test('files go to the conversation once, and leave the tray when they are there', async () => {
  show({ given: [text('a.txt'), text('b.txt')] })
  expect(onGiven).toHaveBeenCalledExactlyOnceWith([])
  show()
  expect(root.querySelectorAll('progress')).toHaveLength(2)
  await world.until(() => uploadsOf(client).list().length === 0)
  await act(() => world.settle())
  expect(lines()).toEqual([])
  expect(root.querySelector('ul')?.hidden).toBe(true)
})

test('what was refused says why, and is tried again or taken away', async () => {
  let refused = 1
  world.gateway.instead = (socket, { name, ref }) => {
    const refuses = name === 'upload_open' && refused-- > 0
    if (refuses) world.gateway.tell(socket, 'error', wireError('forbidden'), ref)
    return refuses
  }
  show({ given: [text('a.txt'), text('empty.txt', 0)] })
  show()
  await act(() => world.until(() => uploadsOf(client).list()[0]?.status === 'failed'))
  expect(lines()).toEqual([
    'a.txtThis conversation takes no more files.Try again',
    'empty.txtThis file is empty.',
  ])
  expect(root.querySelectorAll('[role=alert]')).toHaveLength(2)
  press('Remove empty.txt')
  press('Try again: a.txt')
  expect(lines()).toEqual([expect.stringContaining('Preparing…')])
  await world.until(() => uploadsOf(client).list().length === 0)
})

test('without a conversation one is started, unless every file breaks a rule', () => {
  const empty = text('empty.txt', 0)
  show({ conversation: undefined, given: [empty] })
  expect(onStart).not.toHaveBeenCalled()
  expect(lines()).toEqual(['empty.txtThis file is empty.'])
  const good = text('a.txt')
  show({ conversation: undefined, given: [empty, good] })
  expect(onStart).toHaveBeenCalledTimes(1)
  expect(lines()[1]).toContain('Waiting…')
  press('Remove empty.txt')
  expect(onGiven).toHaveBeenCalledExactlyOnceWith([good])
  show({ conversation: undefined, given: [good], stuck: true })
  expect(lines()).toEqual(['a.txtThis file was not accepted.Try again'])
  press('Try again: a.txt')
  expect(onStart).toHaveBeenCalledTimes(2)
})

test('a page that is left notes what was on its way; the next one tells, until that was read', () => {
  show({ given: [text('a.txt')] })
  show()
  dispatchEvent(new Event('pagehide'))
  expect(tab.get('files')).toBe('a.txt')
  dispatchEvent(new Event('pageshow'))
  expect(tab.get('files')).toBeUndefined()
  act(() => render(null, root))

  tab.set('files', 'a.txt')
  uploadsOf(client).cancel(uploadsOf(client).list()[0]?.client_id ?? '')
  show()
  expect(lines()).toEqual(['Not sent, because the page was left: a.txt. Please attach it again.'])
  press('Remove a.txt')
  expect(lines()).toEqual([])
  expect(tab.get('files')).toBeUndefined()
})
