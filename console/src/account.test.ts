// @vitest-environment happy-dom
import type { Me } from '@chatdesk/widget/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { account, enter, leave } from './account.ts'

const me = (id: string) => ({ member: { id, name: id } }) as Me
const otherTab = new BroadcastChannel('chatdesk:console:account')
/** What the other tab hears. */
let heard: unknown[]

beforeEach(() => {
  heard = []
  otherTab.onmessage = ({ data }) => void heard.push(data)
  account.value = null
})
afterEach(() => vi.unstubAllGlobals())

test('a login and a log-out are told to the other tabs', async () => {
  vi.stubGlobal('fetch', async () => new Response(null, { status: 204 }))
  enter(me('ada'))
  await leave()
  expect(account.value).toBeNull()
  await vi.waitUntil(() => heard.length === 2)
  expect(heard).toEqual(['ada', null])
})

test('a log-out in another tab ends this one’s session too', async () => {
  account.value = me('ada')
  otherTab.postMessage(null)
  await vi.waitUntil(() => account.value === null)
})

test('when another member logs in elsewhere, this tab asks who it is now', async () => {
  vi.stubGlobal('fetch', async () => Response.json(me('bo')))
  account.value = me('ada')
  otherTab.postMessage('bo')
  await vi.waitUntil(() => account.value?.member.id === 'bo')
})
