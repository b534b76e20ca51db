import { expect, test } from 'vitest'
import type { Content } from '../client/index.ts'
import { ADA, item, VISITOR } from '../parts/fixture.ts'
import { describe as words } from './talk.tsx'

const NAMELESS = { kind: 'agent' as const, id: 'a9' }

test.each<[string, Content, typeof ADA]>([
  ['You ended this conversation', { kind: 'status', status: 'resolved' }, VISITOR],
  ['Ada Byron resolved this conversation', { kind: 'status', status: 'resolved' }, ADA],
  ['An agent reopened this conversation', { kind: 'status', status: 'open' }, NAMELESS],
  ['', { kind: 'status', status: 'pending' }, ADA],
  ['You are talking to Grace now', { kind: 'assignment', assignment: { member: 'a2', name: 'Grace' } }, ADA],
  ['', { kind: 'assignment', assignment: {} }, ADA],
  [
    'You rated this conversation 5 of 5',
    { kind: 'rating', rating: { score: 5, comment: 'Thanks' } },
    VISITOR,
  ],
])('a visitor reads of what was done: %j', (expected, content, sender) => {
  expect(words(item(sender, content, 0, { seq: 1 }))).toBe(expected)
})
