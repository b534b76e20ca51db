// How long what is kept, while somebody edits it: days as typed, an empty field for what is kept for good.

import type { Retention } from '../../api.ts'

/** Most days that can be set, as the gateway has it. */
const DAYS_MAX = 36_500

/** A field of the page. */
export type RetentionField = { name: keyof Retention; label: string; hint: string }

/** The fields, in the page's order. */
export const RETENTION_FIELDS: readonly RetentionField[] = [
  {
    name: 'conversations_days',
    label: 'Resolved conversations',
    hint: 'After their last entry, with their files. What is not resolved stays.',
  },
  {
    name: 'visitors_days',
    label: 'Visitors nobody knows',
    hint: 'After they were last seen, if they left no name, address or number and have no conversation.',
  },
  { name: 'page_views_days', label: 'Page views', hint: 'Which pages visitors saw, and when.' },
  { name: 'events_days', label: 'Tracked events', hint: 'What your site told with “track”.' },
]

/** The document as it is typed. */
export type Days = Record<keyof Retention, string>

/** Opens the document for editing. */
export function daysOf(retention: Retention): Days {
  const text = (days: number | null) => (days === null ? '' : String(days))
  return {
    conversations_days: text(retention.conversations_days),
    visitors_days: text(retention.visitors_days),
    page_views_days: text(retention.page_views_days),
    events_days: text(retention.events_days),
  }
}

/** The document to save, or what is wrong with it by field. */
export function retentionOf(days: Days): { retention: Retention } | { errors: Partial<Days> } {
  const errors: Partial<Days> = {}
  const number = (name: keyof Retention): number | null => {
    const text = days[name].trim()
    if (text === '') return null
    const count = /^\d{1,6}$/.test(text) ? Number(text) : 0
    if (count < 1 || count > DAYS_MAX) {
      errors[name] = `Use a whole number from 1 to ${DAYS_MAX.toLocaleString('en')}, or leave it empty.`
    }
    return count
  }
  const retention = {
    conversations_days: number('conversations_days'),
    visitors_days: number('visitors_days'),
    page_views_days: number('page_views_days'),
    events_days: number('events_days'),
  }
  return Object.keys(errors).length > 0 ? { errors } : { retention }
}

/** Whether the first keeps anything for less long than the second: saving it erases. */
export function keepsLess(now: Retention, before: Retention): boolean {
  const days = (count: number | null) => count ?? Infinity
  return RETENTION_FIELDS.some(({ name }) => days(now[name]) < days(before[name]))
}
