import type { WireError } from '@chatdesk/widget/client'
import { afterEach, expect, test, vi } from 'vitest'
import { ApiError, explain, formErrors, login, me, saveWidget, waitText } from './api.ts'

afterEach(() => vi.unstubAllGlobals())

function wire(code: WireError['code'], text: string, more: Partial<WireError> = {}): WireError {
  return { code, text, retryable: false, retry_ms: 0, ...more }
}

function answer(status: number, body: unknown) {
  const fetch = vi.fn(
    async (_path: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }),
  )
  vi.stubGlobal('fetch', fetch)
  return fetch
}

test('a request carries JSON, which is what keeps other sites’ forms out', async () => {
  const fetch = answer(200, { member: {}, organization: {} })
  await login({ email: 'ada@shop.example', password: 'correct horse' })
  expect(fetch).toHaveBeenCalledWith('/api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"email":"ada@shop.example","password":"correct horse"}',
  })
})

test('who is not logged in is nobody, not an error', async () => {
  answer(401, { error: wire('unauthenticated', 'log in first') })
  expect(await me()).toBeUndefined()
})

test('a failure is thrown as the gateway told it', async () => {
  const error = wire('forbidden', 'agents may not')
  answer(403, { error })
  await expect(saveWidget({} as never)).rejects.toMatchObject({ error })
})

test('an answer that is not the gateway’s is an error too', async () => {
  vi.stubGlobal('fetch', async () => new Response('<html>Bad gateway</html>', { status: 502 }))
  await expect(me()).rejects.toMatchObject({ error: { code: 'internal', retryable: true } })
  vi.stubGlobal('fetch', async () => new Response('<html>Log in to the wifi</html>', { status: 200 }))
  await expect(me()).rejects.toMatchObject({ error: { code: 'internal' } })
})

test('a network that is down is unavailable', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  const error = await me().catch(error => error)
  expect(error).toBeInstanceOf(ApiError)
  expect(explain(error)).toBe('ChatDesk cannot be reached. Check your connection and try again.')
})

test('a bad field stands beside its field, without its name', () => {
  const error = wire('bad_field', 'password must have at least 10 characters', { field: 'password' })
  expect(formErrors(new ApiError(error))).toEqual({
    fields: { password: 'Must have at least 10 characters.' },
  })
})

test('a conflict is told as the form says', () => {
  const conflict = new ApiError(wire('conflict', 'exists already'))
  const told = { fields: { email: 'This address has an account.' } }
  expect(formErrors(conflict, told)).toBe(told)
  expect(formErrors(conflict)).toEqual({ fields: {}, form: 'Exists already.' })
})

test('too many attempts tell when to try again', () => {
  const error = new ApiError(wire('rate_limited', 'slow down', { retryable: true, retry_ms: 41_200 }))
  expect(formErrors(error)).toEqual({ fields: {}, form: 'Too many attempts. Try again in 42 seconds.' })
})

test('a wrong password is told for the form as a whole', () => {
  const error = new ApiError(wire('unauthenticated', 'the e-mail address or the password is wrong'))
  expect(formErrors(error).form).toBe('The e-mail address or the password is wrong.')
})

test.each([
  [0, '1 second'],
  [1_000, '1 second'],
  [1_001, '2 seconds'],
  [89_000, '89 seconds'],
  [90_000, '2 minutes'],
  [3_600_000, '60 minutes'],
])('%i ms are %s', (ms, text) => expect(waitText(ms)).toBe(text))
