// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { account } from '../account.ts'
import { Organizations } from './organizations.tsx'

const root = document.createElement('div')
const onFailed = vi.fn()
const all = [
  { id: 'o1', name: 'Kiln & Fern' },
  { id: 'o2', name: 'Loom & Oak' },
]

beforeEach(() => {
  document.body.append(root)
  act(() => render(<Organizations all={all} current="o1" onFailed={onFailed} />, root))
})
afterEach(() => {
  render(null, root)
  root.remove()
  onFailed.mockReset()
  vi.unstubAllGlobals()
})

const buttons = () => [...root.querySelectorAll('button')]

test('going to another one begins a session there, once', async () => {
  const me = { member: { id: 'm2' }, organization: all[1], organizations: all }
  const fetch = vi.fn(async (_path: string, _init: RequestInit) => Response.json(me))
  vi.stubGlobal('fetch', fetch)
  await act(async () => {
    buttons()[1]?.click()
    buttons()[1]?.click()
  })
  await vi.waitUntil(() => account.value?.member.id === 'm2')
  expect(fetch).toHaveBeenCalledOnce()
  expect(fetch.mock.calls[0]?.[0]).toBe('/api/organization/switch')
  expect(JSON.parse(String(fetch.mock.calls[0]?.[1].body))).toEqual({ organization: 'o2' })
})

test('the one that is shown is marked, and leads nowhere', () => {
  expect(buttons().map(button => button.getAttribute('aria-current'))).toEqual(['true', null])
  act(() => buttons()[0]?.click())
  expect(onFailed).not.toHaveBeenCalled()
})

test('what goes wrong is told', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')))
  await act(async () => buttons()[1]?.click())
  await vi.waitUntil(() => onFailed.mock.calls.length === 2)
  expect(onFailed.mock.lastCall?.[0]).toMatchObject({ error: { code: 'unavailable' } })
})
