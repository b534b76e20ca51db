import type { InboxRow } from '@chatdesk/widget/state'
import { expect, test } from 'vitest'
import { unreadLabel } from './unread.ts'

const rows = (...unread: number[]) => unread.map(count => ({ unread: count }) as InboxRow)

test('counts conversations, not messages, and shows nothing for none', () => {
  expect(unreadLabel({ rows: rows(3, 0, 1), hasMore: false })).toBe('2')
  expect(unreadLabel({ rows: rows(0, 0), hasMore: true })).toBe('')
})

test('claims no exact number where rows are missing, nor one too long for the rail', () => {
  expect(unreadLabel({ rows: rows(1, 1), hasMore: true })).toBe('2+')
  expect(unreadLabel({ rows: rows(...Array(120).fill(1)), hasMore: false })).toBe('99+')
})
