// @vitest-environment happy-dom
import type { Contact, SearchHit } from '@chatdesk/widget/client'
import { signal } from '@preact/signals'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Live, LiveContext } from '../../live.ts'
import { Found } from './found.tsx'

const root = document.createElement('div')
const CONVERSATION = '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4c2d'
const VISITOR = '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4c2e'
const request = vi.fn()
const live = { client: { request, on: () => () => {} }, state: signal('online') } as unknown as Live

beforeEach(() => document.body.append(root))
afterEach(() => {
  render(null, root)
  root.remove()
  request.mockReset()
})

async function show(contacts: Contact[], hits: SearchHit[]) {
  request.mockImplementation(async (name: string) => (name === 'search' ? { hits } : { contacts }))
  await act(() =>
    render(
      <LiveContext.Provider value={live}>
        <Found query="tea" looks={0} now={60_000} opened={{}} />
      </LiveContext.Provider>,
      root,
    ),
  )
  await vi.waitUntil(() => !root.querySelector('.waiting'))
}

const hit = (change: Partial<SearchHit>): SearchHit => ({
  conversation: CONVERSATION,
  visitor: { id: VISITOR, name: 'Ada' },
  status: 'open',
  seq: 12,
  at: 0,
  sender: { kind: 'visitor', id: VISITOR, name: 'Ada' },
  kind: 'text',
  snippet: [{ text: 'a cup of ' }, { text: 'tea', found: true }],
  ...change,
})

test('what was found is marked, and markup in it is text', async () => {
  await show([], [hit({ snippet: [{ text: '<img src=x> ' }, { text: '<b>tea</b>', found: true }] })])
  expect(root.querySelector('.hit-text')?.textContent).toBe('<img src=x> <b>tea</b>')
  expect([...root.querySelectorAll('mark')].map(mark => mark.textContent)).toEqual(['<b>tea</b>'])
  expect(root.querySelector('.hit-text img, .hit-text b')).toBeNull()
})

test('a hit leads to its entry, and says who wrote it where that was not the visitor', async () => {
  const sender = { kind: 'agent', id: 'a', name: 'Amir' } as const
  await show([], [hit({}), hit({ seq: 13, sender }), hit({ seq: 14, sender, kind: 'note' })])
  expect([...root.querySelectorAll('a')].map(link => link.getAttribute('href'))).toEqual(
    [12, 13, 14].map(seq => `/console/c/${CONVERSATION}?seq=${seq}`),
  )
  expect([...root.querySelectorAll('.hit-text')].map(text => text.textContent)).toEqual([
    'a cup of tea',
    'Amir: a cup of tea',
    'Amir’s note: a cup of tea',
  ])
})

test('contacts stand above, and lead to their profile', async () => {
  const visitor = { id: VISITOR, name: 'Tea Leoni', email: 'tea@shop.example', verified: true }
  await show([{ visitor, phone: '+47 22', created_at: 0 }], [hit({})])
  expect([...root.querySelectorAll('h2')].map(title => title.textContent)).toEqual(['Contacts', 'Messages'])
  const link = root.querySelector('a')
  expect(link?.getAttribute('href')).toBe(`/console/v/${VISITOR}`)
  expect(link?.textContent).toContain('tea@shop.example · +47 22')
  expect(link?.textContent).toContain('verified')
})

test('nothing is said to be found', async () => {
  await show([], [])
  expect(root.textContent).toContain('No message and no contact has “tea”')
})
