import type { Summary } from '@chatdesk/widget/client'
import { expect, test } from 'vitest'
import { merged } from './conversations.ts'

const summary = (conversation: string, head: number, updated_at: number) =>
  ({ conversation, head, updated_at }) as Summary

test('each conversation stands once, as it is known furthest, the newest first', () => {
  const rows = [summary('a', 3, 30), summary('b', 2, 20)]
  const next = merged(rows, [summary('b', 4, 40), summary('a', 2, 25), summary('c', 1, 10)])
  expect(next.map(({ conversation, head }) => [conversation, head])).toEqual([
    ['b', 4],
    ['a', 3],
    ['c', 1],
  ])
})
