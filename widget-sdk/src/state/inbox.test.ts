import { beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../client/index.ts'
import { Inbox, type InboxFilter, placeOf } from './inbox.ts'

let inbox: Inbox
beforeEach(() => {
  inbox = new Inbox()
})

function summary(
  conversation: string,
  updated_at: number,
  head: number,
  changes: Partial<Summary> = {},
): Summary {
  return {
    conversation,
    status: 'open',
    visitor: { id: `visitor of ${conversation}` },
    head,
    visitor_read: 0,
    agent_read: 0,
    created_at: 1,
    updated_at,
    ...changes,
  }
}

const rows = () =>
  inbox.view.rows.map(({ summary, unread }) => `${summary.conversation}:${summary.head}:${unread}`)

describe('the inbox', () => {
  it('is ordered by the newest entry, newest first, as the gateway orders its pages', () => {
    expect(inbox.view).toMatchObject({ ready: false, hasMore: false })
    const next = { updated_at: 10, conversation: 'a' }
    inbox.page({ conversations: [summary('c', 20, 1), summary('b', 10, 1), summary('a', 10, 1)], next })
    expect(rows()).toEqual(['c:1:1', 'b:1:1', 'a:1:1'])
    expect(inbox.view).toMatchObject({ ready: true, hasMore: true })
    inbox.page({ conversations: [summary('z', 5, 1)] })
    inbox.summary(summary('a', 30, 2))
    expect(rows()).toEqual(['a:2:2', 'c:1:1', 'b:1:1', 'z:1:1'])
    expect(inbox.view.hasMore).toBe(false)
  })

  it('keeps of two summaries the one with the higher head, then the later one, and the furthest reading of both', () => {
    inbox.page({ conversations: [summary('a', 20, 5, { agent_read: 3 })] })
    inbox.summary(summary('a', 10, 4, { agent_read: 4, status: 'resolved' }))
    expect(rows()).toEqual(['a:5:1'])
    expect(inbox.view.rows[0]?.summary.status).toBe('open')
    inbox.summary(summary('a', 20, 5, { status: 'snoozed' }))
    expect(inbox.view.rows[0]?.summary).toMatchObject({ status: 'snoozed', agent_read: 4 })
    inbox.summary(summary('a', 19, 5))
    expect(inbox.view.rows[0]?.summary.status).toBe('snoozed')
  })

  it('counts what no agent has read, and hears of reading', () => {
    inbox.page({ conversations: [summary('a', 20, 5)] })
    inbox.readBy({ conversation: 'a', participant: { kind: 'agent', id: 'x' }, seq: 3 })
    inbox.readBy({ conversation: 'a', participant: { kind: 'agent', id: 'y' }, seq: 2 })
    inbox.readBy({ conversation: 'a', participant: { kind: 'visitor', id: 'v' }, seq: 5 })
    inbox.readBy({ conversation: 'unknown', participant: { kind: 'agent', id: 'x' }, seq: 1 })
    expect(rows()).toEqual(['a:5:2'])
    inbox.readBy({ conversation: 'a', participant: { kind: 'agent', id: 'x' }, seq: 9 })
    expect(rows()).toEqual(['a:5:0'])
    inbox.summary(summary('a', 30, 6))
    expect(rows()).toEqual(['a:6:1'])
  })

  it('lists one status if so asked, and lets go what leaves it', () => {
    inbox = new Inbox({ status: 'open' })
    inbox.page({ conversations: [summary('a', 20, 1), summary('b', 10, 1)] })
    inbox.summary(summary('a', 30, 2, { status: 'resolved' }))
    expect(rows()).toEqual(['b:1:1'])
    inbox.summary(summary('a', 40, 3))
    expect(rows()).toEqual(['a:3:3', 'b:1:1'])
  })

  it('leaves to later pages what stands behind its end', () => {
    inbox.page({ conversations: [summary('b', 20, 1)], next: { updated_at: 20, conversation: 'b' } })
    inbox.summary(summary('a', 10, 1))
    expect(rows()).toEqual(['b:1:1'])
    inbox.page({ conversations: [summary('a', 10, 1)] })
    expect(rows()).toEqual(['b:1:1', 'a:1:1'])
  })

  it('keeps rows that did not change, and its view until something does', () => {
    inbox.page({ conversations: [summary('a', 20, 1), summary('b', 10, 1)] })
    const before = inbox.view
    expect(inbox.view).toBe(before)
    inbox.summary(summary('b', 30, 2))
    expect(inbox.view.rows[1]).toBe(before.rows[0])
    expect(before.rows).toHaveLength(2)
  })
})

describe('what has changed meanwhile', () => {
  it('is told by what is known: how far each is, and the newest place', () => {
    expect(inbox.newest).toBeUndefined()
    inbox.page({
      conversations: [summary('a', 30, 3, { agent_read: 2 })],
      next: placeOf(summary('a', 30, 3)),
    })
    inbox.summary(summary('b', 40, 1))
    expect(inbox.known).toEqual([
      { conversation: 'b', head: 1, agent_read: 0 },
      { conversation: 'a', head: 3, agent_read: 2 },
    ])
    expect(inbox.newest).toEqual({ updated_at: 40, conversation: 'b' })
  })

  it('comes in, but for what stands behind the end, and what is gone leaves', () => {
    inbox.page({
      conversations: [summary('a', 30, 1), summary('b', 20, 1)],
      next: placeOf(summary('b', 20, 1)),
    })
    inbox.failed({ code: 'unavailable', retryable: true, retry_ms: 0, text: 'later' })
    inbox.changes({
      changed: [summary('old', 10, 1), summary('b', 40, 2), summary('new', 50, 1)],
      gone: ['a'],
    })
    expect(rows()).toEqual(['new:1:1', 'b:2:2'])
    expect(inbox.view.error).toBeUndefined()
  })

  it('may be that a conversation left the status which is listed', () => {
    inbox = new Inbox({ status: 'open' })
    inbox.page({ conversations: [summary('a', 30, 1)] })
    inbox.changes({ changed: [summary('a', 40, 2, { status: 'resolved' })], gone: [] })
    expect(rows()).toEqual([])
    expect(inbox.known).toHaveLength(1)
  })
})

describe('what is listed', () => {
  it('has all that the filter asks for', () => {
    const listed = [
      summary('a', 50, 1, { assignee: 'me', department: 'sales', priority: 'high' }),
      summary('b', 40, 1, { assignee: 'me', department: 'support' }),
      summary('c', 30, 1, { department: 'sales' }),
      summary('d', 20, 1, { status: 'pending', priority: 'high' }),
    ]
    const filters: [InboxFilter, string[]][] = [
      [{}, ['a', 'b', 'c', 'd']],
      [{ assigned: { member: 'me' } }, ['a', 'b']],
      [{ assigned: {} }, ['c', 'd']],
      [{ department: 'sales' }, ['a', 'c']],
      [{ priority: 'high' }, ['a', 'd']],
      [{ priority: 'none' }, ['b', 'c']],
      [{ status: 'open', assigned: {}, department: 'sales', priority: 'none' }, ['c']],
    ]
    for (const [filter, ids] of filters) {
      const inbox = new Inbox(filter)
      for (const summary of listed) inbox.summary(summary)
      expect(inbox.view.rows.map(row => row.summary.conversation)).toEqual(ids)
    }
  })

  it('is counted as the gateway says, and told when that may have changed', () => {
    const counts = { open: 1, pending: 0, snoozed: 0, resolved: 9, mine: 1, unassigned: 0 }
    inbox.page({ conversations: [summary('a', 20, 1)], counts })
    expect(inbox.view.counts).toEqual(counts)
    expect(inbox.summary(summary('a', 30, 2))).toBe(false)
    expect(inbox.summary(summary('a', 40, 3, { assignee: 'me' }))).toBe(true)
    expect(inbox.summary(summary('a', 30, 2))).toBe(false)
    expect(inbox.summary(summary('b', 50, 1))).toBe(true)
    inbox.counted({ ...counts, open: 2 })
    expect(inbox.view.counts?.open).toBe(2)
    inbox.page({ conversations: [] })
    expect(inbox.view.counts?.open).toBe(2)
  })

  it('lets go what was erased, for good', () => {
    inbox.page({ conversations: [summary('a', 20, 1), summary('b', 10, 1)] })
    inbox.gone('a')
    expect(rows()).toEqual(['b:1:1'])
    expect(inbox.summary(summary('a', 30, 2))).toBe(false)
    inbox.readBy({ conversation: 'a', participant: { kind: 'agent', id: 'me' }, seq: 1 })
    expect(rows()).toEqual(['b:1:1'])
  })
})
