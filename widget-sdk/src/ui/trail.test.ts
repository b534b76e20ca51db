// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Client } from '../client/index.ts'
import { onHistory, Trail } from './trail.ts'

const left: (() => void)[] = []
const page = vi.fn<Client['page']>()
const trail = () => {
  const made = new Trail({ page } as Partial<Client> as Client)
  left.push(() => made.close())
  return made
}

beforeEach(() => {
  vi.useFakeTimers()
  history.replaceState(null, '', '/shop')
  document.title = 'Shop'
  page.mockClear()
})
afterEach(() => {
  for (const leave of left.splice(0)) leave()
  vi.useRealTimers()
})

const origin = location.origin

test('a page is told of when its title has changed, with where the visitor came from', async () => {
  trail()
  history.pushState(null, '', '/mugs')
  expect(page).not.toHaveBeenCalled()
  document.title = 'Mugs'
  await vi.waitFor(() =>
    expect(page).toHaveBeenCalledWith({ url: `${origin}/mugs`, title: 'Mugs', referrer: `${origin}/shop` }),
  )
  await vi.advanceTimersByTimeAsync(5_000)
  expect(page).toHaveBeenCalledTimes(1)
})

test('one whose title stays is told of after a while; of two in a row, the second', async () => {
  trail()
  history.pushState(null, '', '/mugs')
  await vi.advanceTimersByTimeAsync(500)
  history.pushState(null, '', '/bowls')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(page.mock.calls).toEqual([[{ url: `${origin}/bowls`, title: 'Shop', referrer: `${origin}/mugs` }]])
})

test('a fragment is no page, unless the page routes by it', async () => {
  trail()
  history.pushState(null, '', '/shop#care')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(page).not.toHaveBeenCalled()
  history.pushState(null, '', '/shop#/mugs')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(page).toHaveBeenCalledTimes(1)
})

test('a page that is told of by hand is not told of again', async () => {
  const made = trail()
  history.pushState(null, '', '/mugs')
  made.tell({ title: 'By hand' })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(page.mock.calls).toEqual([[{ url: `${origin}/mugs`, title: 'By hand', referrer: `${origin}/shop` }]])
})

test("the page's history is its own again at the end, also where somebody else has wrapped it since", () => {
  const own = history.pushState
  const [first, second] = [vi.fn(), vi.fn()]
  const end = onHistory(first)
  expect(history.pushState).not.toBe(own)
  end()
  expect(history.pushState).toBe(own)
  const endSecond = onHistory(second)
  const ours = history.pushState
  const theirs: typeof history.pushState = (...args) => ours.apply(history, args)
  history.pushState = theirs
  endSecond()
  expect(history.pushState).toBe(theirs)
  history.pushState(null, '', '/anywhere')
  expect([first, second].map(({ mock }) => mock.calls.length)).toEqual([0, 0])
  expect(location.pathname).toBe('/anywhere')
  history.pushState = own
})
