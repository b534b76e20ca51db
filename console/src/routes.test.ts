// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DEFAULT_LISTING } from './listing.ts'
import { detour, go, holdBack, inboxPath, listen, parse, path } from './routes.ts'

const ID = '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4c2d'

beforeEach(() => go('/settings', 'replace'))
afterEach(() => {
  document.body.replaceChildren()
})

test.each([
  ['/', { page: 'inbox', listing: DEFAULT_LISTING }],
  ['/?whose=mine', { page: 'inbox', listing: { whose: 'mine', status: 'open' } }],
  [`/c/${ID}`, { page: 'inbox', conversation: ID, listing: DEFAULT_LISTING }],
  [`/c/${ID}?seq=12`, { page: 'inbox', conversation: ID, seq: 12, listing: DEFAULT_LISTING }],
  [`/c/${ID}?seq=-1`, { page: 'inbox', conversation: ID, listing: DEFAULT_LISTING }],
  [`/v/${ID}?q=ada`, { page: 'inbox', visitor: ID, listing: { status: 'open', search: 'ada' } }],
  ['/settings', { page: 'settings', section: 'widget' }],
  ['/settings/data', { page: 'settings', section: 'data' }],
  ['/login', { page: 'login' }],
  ['/signup?next=%2Fsettings', { page: 'signup', next: '/settings' }],
  ['/c/not-an-id', { page: 'lost' }],
  ['/nowhere', { page: 'lost' }],
])('%s', (path, route) => expect(parse(path)).toEqual(route))

test('a path of the inbox says what is open and how the list is', () => {
  expect(inboxPath(DEFAULT_LISTING)).toBe('/')
  expect(inboxPath({ status: 'any', search: 'earl grey' }, { conversation: ID, seq: 3 })).toBe(
    `/c/${ID}?status=any&q=earl+grey&seq=3`,
  )
  expect(inboxPath(DEFAULT_LISTING, { visitor: ID })).toBe(`/v/${ID}`)
})

test.each(['https://evil.example/', '//evil.example', 'javascript:alert(1)', '/nowhere'])(
  'a login does not lead on to %s',
  next => expect(parse(`/login?next=${encodeURIComponent(next)}`)).toEqual({ page: 'login' }),
)

test('strangers are sent to the login and back to where they came from', () => {
  expect(detour('/settings', false)).toBe('/login?next=%2Fsettings')
  expect(detour('/login?next=%2Fsettings', false)).toBeUndefined()
  expect(detour('/login?next=%2Fsettings', true)).toBe('/settings')
  expect(detour('/', false)).toBe('/login')
  expect(detour('/signup', true)).toBe('/')
  expect(detour('/settings', true)).toBeUndefined()
})

test('a guard holds a navigation back until it has answered', async () => {
  let answer: (leave: boolean) => void = () => {}
  const release = holdBack(() => new Promise(resolve => (answer = resolve)))
  const left = go('/')
  expect(path.value).toBe('/settings')
  answer(false)
  await left
  expect(path.value).toBe('/settings')

  const leftAgain = go('/')
  answer(true)
  await leftAgain
  expect(path.value).toBe('/')
  release()
})

test('links into the console are followed in place; others, and new tabs, are the browser’s', () => {
  listen()
  document.body.innerHTML =
    '<a id="in" href="/console/"><b>Inbox</b></a><a id="out" href="/consoles">Other</a><a id="tab" href="/console/" target="_blank">Tab</a>'
  const click = (id: string, init: MouseEventInit = {}) => {
    const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...init })
    // What the browser itself would do next is not wanted here.
    window.addEventListener('click', event => event.preventDefault(), { once: true })
    const taken = vi.spyOn(event, 'preventDefault')
    document.querySelector(id)?.dispatchEvent(event)
    return taken.mock.calls.length > 1
  }
  expect(click('#out')).toBe(false)
  expect(click('#tab')).toBe(false)
  expect(click('#in', { ctrlKey: true })).toBe(false)
  expect(click('#in b')).toBe(true)
  expect(path.value).toBe('/')
})
