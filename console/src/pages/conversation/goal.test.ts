import type { LogItem, LogStore, LogView } from '@chatdesk/widget/state'
import { expect, test } from 'vitest'
import { reach } from './goal.ts'

/** A log of so many entries of which the last `held` are there, and that brings `page` at a time. */
function logOf(count: number, held: number, page = 3) {
  const item = (seq: number) => ({ key: `${seq}`, entry: { seq } }) as LogItem
  const items = Array.from({ length: count }, (_, index) => item(index + 1))
  let first = count - held
  let pages = 0
  const store = {
    get view() {
      return { items: items.slice(first), hasOlder: first > 0 } as unknown as LogView
    },
    subscribe: () => () => {},
    older: async () => {
      pages++
      first = Math.max(0, first - page)
    },
    close: () => {},
  } satisfies LogStore
  return { store, pages: () => pages }
}

test('brings as many pages as it needs, and no more', async () => {
  const { store, pages } = logOf(20, 4)
  expect(await reach(store, 12, () => true)).toBe(true)
  expect(pages()).toBe(2)
  expect(await reach(store, 18, () => true)).toBe(true)
  expect(pages()).toBe(2)
})

test('what is not there any more ends the search where it would have been', async () => {
  const { store, pages } = logOf(9, 3)
  const gone = {
    ...store,
    get view() {
      const { items, ...view } = store.view
      return { ...view, items: items.filter(({ entry }) => entry.seq !== 4) }
    },
  }
  expect(await reach(gone, 4, () => true)).toBe(false)
  // The one that is not there is no end: whatever comes before it is.
  expect(pages()).toBe(2)
  expect(await reach(store, 99, () => true)).toBe(false)
})

test('a page of nothing but placeholders is not the end', async () => {
  const { store } = logOf(20, 2)
  const erased = {
    ...store,
    get view() {
      const { items, ...view } = store.view
      return { ...view, items: items.filter(({ entry }) => (entry.seq ?? 0) < 4 || (entry.seq ?? 0) > 18) }
    },
  }
  expect(await reach(erased, 3, () => true)).toBe(true)
})

test('nobody waits for it any more: nothing more is asked', async () => {
  const { store, pages } = logOf(30, 3)
  let wanted = true
  const reached = reach(store, 1, () => wanted)
  wanted = false
  expect(await reached).toBe(false)
  expect(pages()).toBe(1)
})

test('a page that does not come is no endless loop', async () => {
  const { store } = logOf(30, 3)
  const broken = { ...store, view: store.view, older: () => Promise.reject(new Error('away')) }
  await expect(reach(broken, 1, () => true)).rejects.toThrow('away')
})
