import { beforeEach, describe, expect, it } from 'vitest'
import type {
  Content,
  Entry,
  EntryKind,
  OutboxChange,
  OutboxStatus,
  Participant,
  Replay,
  Stored,
  Summary,
} from '../client/index.ts'
import { Log } from './log.ts'

const ME: Participant = { kind: 'visitor', id: 'me', name: 'Ada' }
const AGENT: Participant = { kind: 'agent', id: 'agent', name: 'Grace' }

let log: Log
beforeEach(() => {
  log = new Log('conversation', ME)
})

function entry(words: string, seq?: number, sender = AGENT, kind: EntryKind = 'text'): Entry {
  const content: Content = { kind, text: words }
  return {
    conversation: 'conversation',
    id: `id-${words}`,
    sender,
    client_id: words,
    at: 1,
    content,
    ...(seq && { seq }),
  }
}

function summary(head: number, changes: Partial<Summary> = {}): Summary {
  return {
    conversation: 'conversation',
    status: 'open',
    visitor: { id: 'me' },
    head,
    visitor_read: 0,
    agent_read: 0,
    created_at: 1,
    updated_at: 1,
    ...changes,
  }
}

function page(entries: Entry[], changes: Partial<Replay> = {}): Replay {
  return { summary: summary(entries.at(-1)?.seq ?? 0), reset: false, entries, more: false, ...changes }
}

function stored(words: string, seq: number, { kind, id } = AGENT): Stored {
  return {
    conversation: 'conversation',
    seq,
    id: `stored-${words}`,
    sender: { kind, id },
    client_id: words,
    at: 9,
  }
}

function change(words: string, status: OutboxStatus, gone?: OutboxChange['gone']): OutboxChange {
  const content: Content = { kind: 'text', text: words }
  const mine = { client_id: words, conversation: 'conversation', content, at: 1, status }
  return { entry: mine, ...(gone && { gone }) }
}

const shown = () =>
  log.view.items.map(({ entry, status }) => `${entry.seq ?? '-'} ${entry.content.text} ${status}`)

describe('the items of a log', () => {
  it('are the stored ones by seq, then the pending ones in order', () => {
    log.replay(page([entry('one', 1), entry('two', 2)], { reset: true }))
    log.outbox(change('mine', 'sending'))
    log.entry(entry('theirs'))
    log.entry(entry('three', 3))
    expect(shown()).toEqual([
      '1 one stored',
      '2 two stored',
      '3 three stored',
      '- mine sending',
      '- theirs routed',
    ])
  })

  it('are one for each entry, whatever brings it and how often', () => {
    const announced = () => log.entry(entry('a'))
    const acknowledged = () => log.stored(stored('a', 1))
    const ways = [
      announced,
      acknowledged,
      () => log.entry(entry('a', 1)),
      () => log.replay(page([entry('a', 1)])),
      () => log.older({ conversation: 'conversation', entries: [entry('a', 1)], more: false }),
    ]
    for (const first of ways) {
      for (const second of ways) {
        for (const third of ways) {
          log = new Log('conversation', ME)
          const order = [first, second, third]
          for (const way of order) way()
          const entry = order.indexOf(announced)
          const settled = order.lastIndexOf(acknowledged) > entry
          const whole = order.some(way => way !== announced && way !== acknowledged)
          // An acknowledgement alone shows nothing, and before its entry has no effect.
          if (whole) expect(shown()).toEqual(['1 a stored'])
          else if (entry < 0) expect(shown()).toEqual([])
          else expect(shown()).toEqual([settled ? '1 a stored' : '- a routed'])
        }
      }
    }
  })

  it('keep their key, and what they say, from sending to stored', () => {
    log.outbox(change('mine', 'sending'))
    const [sending] = log.view.items
    log.outbox(change('mine', 'routed'))
    const [routed] = log.view.items
    log.stored(stored('mine', 1, ME))
    log.outbox(change('mine', 'routed', 'stored'))
    const [kept] = log.view.items
    expect([sending?.status, routed?.status, kept?.status]).toEqual(['sending', 'routed', 'stored'])
    expect(new Set([sending?.key, routed?.key, kept?.key])).toEqual(new Set(['me:mine']))
    expect(kept).toMatchObject({ mine: true, entry: { seq: 1, id: 'stored-mine', at: 9, sender: ME } })
  })

  it('keep the name of a sender whom `stored` does not name', () => {
    log.entry(entry('a'))
    log.stored(stored('a', 1))
    expect(log.view.items[0]?.entry.sender).toEqual(AGENT)
  })

  it('may fail, be sent again, and be discarded', () => {
    const error = { code: 'forbidden' as const, retryable: false, retry_ms: 0, text: '' }
    log.outbox({ entry: { ...change('mine', 'failed').entry, error } })
    expect(log.view.items[0]).toMatchObject({ status: 'failed', error })
    log.outbox(change('mine', 'sending'))
    expect(log.view.items[0]).not.toHaveProperty('error')
    log.outbox(change('mine', 'failed', 'discarded'))
    expect(log.view.items).toEqual([])
  })

  it('do not show what is not there to be seen, nor a kind of a later version', () => {
    log.replay(
      page([entry('a', 1), entry('', 2, AGENT, 'hidden'), entry('', 3, AGENT, 'sticker' as EntryKind)]),
    )
    log.entry(entry('', undefined, AGENT, 'hidden'))
    expect(shown()).toEqual(['1 a stored'])
    expect(log.view.head).toBe(3)
  })

  it('stay the same objects while nothing about them changes, and so does their list', () => {
    log.replay(page([entry('a', 1), entry('b', 2)]))
    const before = log.view
    expect(log.view).toBe(before)
    log.typingBy({ conversation: 'conversation', participant: AGENT, on: true }, 0)
    expect(log.view).not.toBe(before)
    expect(log.view.items).toBe(before.items)
    log.entry(entry('c'))
    expect(log.view.items.slice(0, 2)).toEqual(before.items)
    expect(log.view.items[0]).toBe(before.items[0])
    expect(before.items).toHaveLength(2)
  })

  it('are replaced by seq, should a log have become another one', () => {
    log.replay(page([entry('a', 1), entry('b', 2)]))
    log.replay(page([entry('other b', 2)]))
    expect(shown()).toEqual(['1 a stored', '2 other b stored'])
  })
})

describe('a reset', () => {
  it('forgets the log and what was pending in it, but not the outbox', () => {
    log.replay(page([entry('a', 1)]))
    log.entry(entry('pending'))
    log.outbox(change('mine', 'sending'))
    log.replay(page([entry('x', 41), entry('y', 42)], { reset: true, more: true }))
    expect(shown()).toEqual(['41 x stored', '42 y stored', '- mine sending'])
    expect(log.view.hasOlder).toBe(true)
    log.replay(page([entry('z', 43)]))
    expect(shown()).toEqual(['41 x stored', '42 y stored', '43 z stored', '- mine sending'])
  })
})

describe('pending entries of others', () => {
  it('are forgotten after the replay behind a lost connection, if it does not hold them', () => {
    log.entry(entry('stored meanwhile'))
    log.entry(entry('gone'))
    log.entry(entry('from my other tab', undefined, ME))
    log.outbox(change('mine', 'routed'))
    log.lost()
    log.replay(page([entry('stored meanwhile', 1)], { more: true }))
    expect(shown()).toHaveLength(4)
    log.replay(page([]))
    expect(shown()).toEqual(['1 stored meanwhile stored', '- mine routed'])
  })

  it('are kept when they came on the connection that the replay came on', () => {
    log.entry(entry('before'))
    log.lost()
    log.entry(entry('resent'))
    log.entry(entry('before'))
    log.replay(page([]))
    expect(shown()).toEqual(['- before routed', '- resent routed'])
    log.replay(page([]))
    expect(shown()).toHaveLength(2)
  })

  it("give way to one's own outbox", () => {
    log.entry(entry('mine', undefined, ME))
    log.outbox(change('mine', 'sending'))
    log.entry(entry('mine', undefined, ME))
    expect(shown()).toEqual(['- mine sending'])
    log.lost()
    log.replay(page([]))
    expect(shown()).toEqual(['- mine sending'])
  })
})

describe('who is looking', () => {
  it('may come to be known later: what is theirs is theirs then', () => {
    log = new Log('conversation')
    const mine = change('mine', 'sending')
    log.outbox(mine)
    log.welcomed(ME, [mine.entry])
    expect(log.view.items.map(({ key, mine }) => [key, mine])).toEqual([['me:mine', true]])
    log.replay(page([entry('mine', 1, ME)]))
    expect(shown()).toEqual(['1 mine stored'])
    expect(log.view.items[0]?.mine).toBe(true)
  })
})

describe('reading', () => {
  it('is known from the summary, from receipts, and from what somebody wrote', () => {
    const read = [{ participant: AGENT, seq: 2 }]
    const entries = [entry('a', 1), entry('b', 2), entry('c', 3, ME)]
    log.replay(page(entries, { read, summary: summary(3, { visitor_read: 1, agent_read: 1 }) }))
    expect(log.view).toMatchObject({ visitorRead: 3, agentRead: 2, unread: 0 })
    log.entry(entry('d', 4))
    expect(log.view).toMatchObject({ visitorRead: 3, agentRead: 4, unread: 1 })
    log.readBy({ conversation: 'conversation', participant: ME, seq: 4 })
    log.readBy({ conversation: 'conversation', participant: ME, seq: 2 })
    expect(log.view).toMatchObject({ visitorRead: 4, unread: 0 })
    expect(log.view.read).toContainEqual({ participant: ME, seq: 4 })
  })

  it('beyond the end is reading up to the end, as it is then', () => {
    log.replay(page([entry('a', 1, ME), entry('b', 2, ME)]))
    log.readBy({ conversation: 'conversation', participant: AGENT, seq: 99 })
    log.entry(entry('c', 3, ME))
    expect(log.view.agentRead).toBe(2)
  })

  it('counts as unread what the other side said, and neither notes nor colleagues', () => {
    const colleague: Participant = { kind: 'agent', id: 'colleague' }
    log = new Log('conversation', AGENT)
    log.replay(
      page([
        entry('a', 1, ME),
        entry('b', 2, ME),
        entry('note', 3, colleague, 'note'),
        entry('c', 4, ME),
        entry('pending', undefined, ME),
      ]),
    )
    expect(log.view).toMatchObject({ agentRead: 3, unread: 1 })
    log.entry(entry('d', 5, colleague))
    expect(log.view.unread).toBe(0)
  })
})

describe('entries of every kind', () => {
  const attachment = { id: 'f', name: 'plan.pdf', size: 9, type: 'application/pdf', url: '/files/f' }
  const of = (content: Content, seq: number, sender = ME): Entry => ({
    ...entry(`${seq}`, seq, sender),
    content,
  })

  it('are shown, in their order', () => {
    log.replay(
      page([
        of({ kind: 'attachment', attachment }, 1),
        of({ kind: 'assignment', assignment: { member: 'agent', name: 'Grace' } }, 2, AGENT),
        of({ kind: 'status', status: 'resolved' }, 3),
        of({ kind: 'rating', rating: { score: 4 } }, 4),
        of({ kind: 'hidden' }, 5),
      ]),
    )
    const kinds = log.view.items.map(({ entry }) => entry.content.kind)
    expect(kinds).toEqual(['attachment', 'assignment', 'status', 'rating'])
  })

  it('change the summary as they change the conversation', () => {
    const resolved = of({ kind: 'status', status: 'resolved' }, 1, AGENT)
    log.replay(page([resolved], { summary: summary(1, { status: 'resolved' }) }))
    log.entry(of({ kind: 'rating', rating: { score: 2 } }, 2))
    expect(log.view.summary).toMatchObject({ status: 'resolved', rating: 2 })
    log.entry(of({ kind: 'assignment', assignment: { member: 'agent' } }, 3, AGENT))
    expect(log.view.summary?.assignee).toBe('agent')
    log.entry(of({ kind: 'assignment', assignment: {} }, 4, AGENT))
    expect(log.view.summary).not.toHaveProperty('assignee')
    log.entry(of({ kind: 'attachment', attachment }, 5))
    expect(log.view.summary).toMatchObject({ head: 5, status: 'open', rating: 2 })
  })

  it('are unread if they are messages of the other side', () => {
    log.replay(
      page([
        of({ kind: 'attachment', attachment }, 1, AGENT),
        of({ kind: 'assignment', assignment: {} }, 2, AGENT),
      ]),
    )
    expect(log.view.unread).toBe(1)
  })
})

describe('the summary', () => {
  const status = (seq: number): Entry => ({
    ...entry('', seq),
    content: { kind: 'status', status: 'resolved' },
  })

  it('follows what is stored after it', () => {
    log.replay(page([entry('a', 1)]))
    log.entry(status(2))
    expect(log.view.summary).toMatchObject({ head: 2, status: 'resolved' })
    log.entry(entry('anything else?', 3))
    expect(log.view.summary).toMatchObject({ head: 3, status: 'resolved' })
    log.entry(entry('yes', 4, ME))
    expect(log.view.summary).toMatchObject({ head: 4, status: 'open' })
    log.entry(status(2))
    expect(log.view.summary?.status).toBe('open')
  })

  it('is replaced by a newer one, and by no older one', () => {
    log.summary(summary(9))
    expect(log.view.summary).toBeUndefined()
    log.replay(page([entry('a', 1)]))
    log.summary(summary(3, { status: 'snoozed' }))
    log.summary(summary(2))
    expect(log.view.summary).toMatchObject({ head: 3, status: 'snoozed' })
  })
})

describe('typing', () => {
  it('is told of others, in the order in which they began, until it expires', () => {
    const other: Participant = { kind: 'agent', id: 'other' }
    const typing = (participant: Participant, on = true) => ({
      conversation: 'conversation',
      participant,
      on,
    })
    expect(log.expire(0)).toBeUndefined()
    log.typingBy(typing(AGENT), 0)
    log.typingBy(typing(other), 1_000)
    log.typingBy(typing(ME), 1_000)
    expect(log.view.typing).toEqual([AGENT, other])
    expect(log.expire(5_999)).toBe(6_000)
    expect(log.expire(6_000)).toBe(7_000)
    expect(log.view.typing).toEqual([other])
    log.typingBy(typing(other, false), 6_500)
    expect(log.expire(6_500)).toBeUndefined()
  })

  it('shows what the visitor has typed, until they stop', () => {
    log = new Log('conversation', AGENT)
    const typing = { conversation: 'conversation', participant: ME, on: true }
    log.typingBy({ ...typing, draft: 'How m' }, 0)
    log.typingBy({ ...typing, draft: 'How much' }, 1_000)
    expect(log.view).toMatchObject({ typing: [ME], draft: 'How much' })
    log.typingBy({ ...typing, on: false }, 2_000)
    expect(log.view).toMatchObject({ typing: [], draft: undefined })
  })
})
