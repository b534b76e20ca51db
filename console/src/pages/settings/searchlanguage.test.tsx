// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SearchLanguage } from './searchlanguage.tsx'

const root = document.createElement('div')
/** What was sent to be saved. */
let sent: unknown[]
/** What the gateway answers. */
let answer: (method: string, body: string) => Response

beforeEach(() => {
  document.body.append(root)
  sent = []
  answer = (method, body) => (method === 'GET' ? Response.json({ language: 'english' }) : new Response(body))
  vi.stubGlobal('fetch', async (path: string, { method, body }: RequestInit) => {
    expect(path).toBe('/api/organization/search')
    if (method === 'PUT') sent.push(JSON.parse(String(body)))
    return answer(String(method), String(body))
  })
})
afterEach(() => {
  render(null, root)
  root.remove()
  vi.unstubAllGlobals()
})

const select = () => root.querySelector('select') as HTMLSelectElement
const button = () => root.querySelector('button') as HTMLButtonElement
const fail = (status: number, error: object) => Response.json({ error }, { status })

async function open() {
  await act(() => render(<SearchLanguage />, root))
  await vi.waitUntil(() => root.querySelector('button'))
}

async function choose(language: string) {
  select().value = language
  await act(() => void select().dispatchEvent(new Event('change', { bubbles: true })))
}

async function save() {
  await act(
    async () =>
      void root
        .querySelector('form')
        ?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
  )
}

test('another language is saved, and what that means is said', async () => {
  await open()
  expect([select().value, button().disabled]).toEqual(['english', true])
  expect(select().selectedOptions[0]?.textContent).toBe('English')
  await choose('german')
  expect(button().disabled).toBe(false)
  await save()
  await vi.waitUntil(() => root.querySelector('[role=status]')?.textContent)
  expect(sent).toEqual([{ language: 'german' }])
  expect(root.querySelector('[role=status]')?.textContent).toContain('search may miss some for a while')
  expect([select().value, button().disabled]).toEqual(['german', true])
  await choose('french')
  expect(root.querySelector('[role=status]')?.textContent).toBe('')
})

test('what the gateway refuses stands at the field, and the choice stays', async () => {
  await open()
  await choose('german')
  answer = () => fail(422, { code: 'bad_field', field: 'language', text: 'language must be one of simple' })
  await save()
  await vi.waitUntil(() => select().getAttribute('aria-invalid'))
  expect(root.querySelector('.field-error')?.textContent).toBe('Must be one of simple.')
  expect([select().value, button().disabled]).toEqual(['german', false])
})

test('what did not load is loaded again', async () => {
  const well = answer
  answer = () => fail(503, { code: 'unavailable', text: 'away', retryable: true, retry_ms: 1000 })
  await open()
  expect(root.querySelector('[role=alert]')?.textContent).toContain('cannot do this right now')
  answer = well
  await act(async () => button().click())
  await vi.waitUntil(() => root.querySelector('select'))
  expect(select().value).toBe('english')
})
