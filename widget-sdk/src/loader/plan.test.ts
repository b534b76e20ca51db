import { expect, test } from 'vitest'
import { LOOKS_AGE } from './kept.ts'
import { plan } from './plan.ts'

const nothing = { open: undefined, resumable: false, age: 0, autoOpen: false }

test('who only looks around costs nothing', () => {
  expect(plan(nothing)).toBe('intent')
  expect(plan({ ...nothing, open: false })).toBe('intent')
})

test('a window that stood open comes back at once', () => {
  expect(plan({ ...nothing, open: true })).toBe('now')
})

test('an open conversation, missing or old looks, or a window that opens by itself are loaded when there is time', () => {
  expect(plan({ ...nothing, resumable: true })).toBe('idle')
  expect(plan({ ...nothing, age: undefined })).toBe('idle')
  expect(plan({ ...nothing, age: LOOKS_AGE + 1 })).toBe('idle')
  expect(plan({ ...nothing, age: -1 })).toBe('idle')
  expect(plan({ ...nothing, autoOpen: true })).toBe('idle')
})

test('a window that was closed by hand does not open by itself', () => {
  expect(plan({ ...nothing, autoOpen: true, open: false })).toBe('intent')
})
