// @vitest-environment happy-dom
import type { Me, Role } from '@chatdesk/widget/client'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { account } from '../../account.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { KeptSettings } from './kept.tsx'

const root = document.createElement('div')
const kept = { conversations_days: null, visitors_days: 365, page_views_days: 90, events_days: 365 }
/** What was sent, by method. */
let sent: [string, unknown][]

beforeEach(() => {
  document.body.append(root)
  sent = []
  vi.stubGlobal('fetch', async (path: string, { method, body }: RequestInit) => {
    if (method === 'GET') return Response.json(path.endsWith('/search') ? { language: 'english' } : kept)
    sent.push([String(method), JSON.parse(String(body))])
    return method === 'DELETE' ? new Response(null, { status: 204 }) : new Response(String(body))
  })
})
afterEach(() => {
  render(null, root)
  root.remove()
  vi.unstubAllGlobals()
})

async function open(role: Role) {
  const me = { member: { role }, organization: { name: 'Kiln & Fern' } } as Me
  await act(() =>
    render(
      <>
        <KeptSettings me={me} />
        <Confirm />
      </>,
      root,
    ),
  )
  if (role !== 'agent') await vi.waitUntil(() => root.querySelector('.days'))
}

const inputs = () => [...root.querySelectorAll<HTMLInputElement>('.days input')]

function type(field: HTMLInputElement | undefined | null, value: string) {
  if (!field) throw new Error('there is no such field')
  field.value = value
  act(() => void field.dispatchEvent(new Event('input', { bubbles: true })))
}

async function submit(form = root.querySelector('form')) {
  await act(async () => void form?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })))
}

function press(label: string) {
  const button = [...root.querySelectorAll('button')].find(it => it.textContent?.includes(label))
  return act(async () => button?.click())
}

test('keeping longer is saved at once; an empty field is for good', async () => {
  await open('admin')
  expect(inputs().map(({ value }) => value)).toEqual(['', '365', '90', '365'])
  type(inputs()[1], '')
  type(inputs()[2], '120')
  await submit()
  expect(sent).toEqual([['PUT', { ...kept, visitors_days: null, page_views_days: 120 }]])
  await vi.waitUntil(() => root.textContent?.includes('Saved'))
})

test('keeping for less long asks first, for it erases', async () => {
  await open('owner')
  type(inputs()[0], '30')
  void submit()
  await vi.waitUntil(() => root.querySelector('dialog'))
  await press('Not yet')
  expect(sent).toEqual([])
  void submit()
  await vi.waitUntil(() => root.querySelector('dialog'))
  await press('Save and erase')
  await vi.waitUntil(() => sent.length === 1)
  expect(sent).toEqual([['PUT', { ...kept, conversations_days: 30 }]])
})

test('what is no number of days is not sent', async () => {
  await open('owner')
  type(inputs()[3], '0')
  await submit()
  expect(inputs()[3]?.getAttribute('aria-invalid')).toBe('true')
  expect(sent).toEqual([])
})

test('only an owner is offered to delete the organization, and must type its name', async () => {
  await open('admin')
  expect(root.textContent).not.toContain('Delete')
  render(null, root)
  await open('owner')
  account.value = { member: { id: 'm' } } as Me
  await press('Delete Kiln & Fern…')
  const dialog = root.querySelector('dialog')
  type(dialog?.querySelector('input'), 'Kiln')
  await submit(dialog?.querySelector('form'))
  expect(sent).toEqual([])
  type(dialog?.querySelector('input'), 'Kiln & Fern')
  await submit(dialog?.querySelector('form'))
  await vi.waitUntil(() => account.value === null)
  expect(sent).toEqual([['DELETE', { name: 'Kiln & Fern' }]])
})

test('an agent is told whose it is to decide', async () => {
  await open('agent')
  expect(root.querySelector('form')).toBeNull()
  expect(root.textContent).toContain('Only owners and admins')
})
