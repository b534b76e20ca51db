import { expect, test } from 'vitest'
import { daysOf, keepsLess, retentionOf } from './retention.ts'

const kept = { conversations_days: null, visitors_days: 365, page_views_days: 90, events_days: 36_500 }

test('a document that nobody edited comes back as it was; empty is for good', () => {
  expect(daysOf(kept).conversations_days).toBe('')
  expect(retentionOf(daysOf(kept))).toEqual({ retention: kept })
  expect(retentionOf({ ...daysOf(kept), visitors_days: '  ' })).toEqual({
    retention: { ...kept, visitors_days: null },
  })
})

test.each(['0', '36501', '1.5', '-3', '1e3', 'ten'])('%s is no number of days', typed => {
  expect(retentionOf({ ...daysOf(kept), events_days: typed })).toEqual({
    errors: { events_days: 'Use a whole number from 1 to 36,500, or leave it empty.' },
  })
})

test('what keeps anything for less long is told from what does not', () => {
  expect(keepsLess(kept, kept)).toBe(false)
  expect(keepsLess({ ...kept, conversations_days: 30 }, kept)).toBe(true)
  expect(keepsLess({ ...kept, page_views_days: null }, kept)).toBe(false)
  expect(keepsLess({ ...kept, page_views_days: 200, events_days: 1 }, kept)).toBe(true)
})
