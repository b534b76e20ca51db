// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { account } from '../account.ts'
import { LoginPage } from './login.tsx'
import { SignupPage } from './signup.tsx'

const root = document.createElement('div')

beforeEach(() => {
  document.body.append(root)
  account.value = null
})
afterEach(() => {
  render(null, root)
  root.remove()
  vi.unstubAllGlobals()
})

function field(name: string): HTMLInputElement {
  return root.querySelector(`[name=${name}]`) as HTMLInputElement
}

async function type(name: string, value: string) {
  field(name).value = value
  await act(() => void field(name).dispatchEvent(new Event('input', { bubbles: true })))
}

/** Sends the form and waits for what becomes of it. */
async function submit(status: number, body: unknown) {
  const fetch = vi.fn(
    async (_path: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }),
  )
  vi.stubGlobal('fetch', fetch)
  root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await vi.waitUntil(() => account.value ?? root.querySelector('[role=alert], .field-error'))
  return fetch
}

const failure = (error: object) => ({ error: { retryable: false, retry_ms: 0, ...error } })

test('a password manager finds its fields', async () => {
  await act(() => render(<LoginPage />, root))
  expect(field('email').autocomplete).toBe('username')
  expect(field('password').autocomplete).toBe('current-password')
  await act(() => render(<SignupPage />, root))
  expect(field('password').autocomplete).toBe('new-password')
})

test('a login that works makes the member known', async () => {
  await act(() => render(<LoginPage />, root))
  await type('email', ' ada@shop.example ')
  await type('password', ' spaces count ')
  const me = { member: { id: 'm', name: 'Ada' }, organization: { id: 'o', name: 'Shop' } }
  const fetch = await submit(200, me)
  expect(JSON.parse(String(fetch.mock.calls[0]?.[1].body))).toEqual({
    email: 'ada@shop.example',
    password: ' spaces count ',
  })
  expect(account.value).toEqual(me)
})

test('a login that fails says so above the button and keeps what was typed', async () => {
  await act(() => render(<LoginPage />, root))
  await type('email', 'ada@shop.example')
  await submit(401, failure({ code: 'unauthenticated', text: 'the e-mail address or the password is wrong' }))
  expect(root.querySelector('[role=alert]')?.textContent).toBe('The e-mail address or the password is wrong.')
  expect(field('email').value).toBe('ada@shop.example')
  expect(account.value).toBeNull()
})

test('a field at fault is marked, described and focused', async () => {
  await act(() => render(<SignupPage />, root))
  await submit(422, failure({ code: 'bad_field', field: 'name', text: 'name must not be empty' }))
  const name = field('name')
  expect(name.getAttribute('aria-invalid')).toBe('true')
  expect(document.getElementById(name.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
    'Must not be empty.',
  )
  expect(document.activeElement).toBe(name)
  expect(root.querySelector('[role=alert]')).toBeNull()
})

test('an address that is taken is told beside the address', async () => {
  await act(() => render(<SignupPage />, root))
  await submit(409, failure({ code: 'conflict', text: 'exists already, or is not yours' }))
  expect(field('email').getAttribute('aria-invalid')).toBe('true')
})

test('the way between login and sign-up keeps where one came from', async () => {
  await act(() => render(<LoginPage next="/settings" />, root))
  expect(root.querySelector('a')?.getAttribute('href')).toBe('/console/signup?next=%2Fsettings')
})
