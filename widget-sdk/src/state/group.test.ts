import { describe, expect, it } from 'vitest'
import type { Content, Participant } from '../client/index.ts'
import { group, RUN_GAP_MS } from './group.ts'
import type { LogItem } from './log.ts'

const ADA: Participant = { kind: 'visitor', id: 'ada' }
const GRACE: Participant = { kind: 'agent', id: 'grace' }

let made = 0
function item(sender: Participant, at: number, content: Content = { kind: 'text', text: 'x' }): LogItem {
  const client_id = `${++made}`
  const entry = { conversation: 'c', id: client_id, sender, client_id, at, content }
  return { key: `${sender.id}:${client_id}`, entry, status: 'stored', mine: sender === ADA }
}

/** Blocks as `day`, `event`, or the sender and the length of a run. */
function shape(items: LogItem[]): string[] {
  return group(items).map(block =>
    block.type === 'run' ? `${block.sender.id} ${block.items.length}` : block.type,
  )
}

const noon = new Date(2026, 4, 20, 12).getTime()
const minute = 60_000

describe('grouping', () => {
  it('makes nothing of nothing', () => {
    expect(group([])).toEqual([])
  })

  it('puts what one sender says in a row into one run', () => {
    const items = [
      item(ADA, noon),
      item(ADA, noon + minute),
      item(GRACE, noon + minute),
      item(ADA, noon + minute),
    ]
    expect(shape(items)).toEqual(['day', 'ada 2', 'grace 1', 'ada 1'])
    const [day, run] = group(items)
    expect(day).toMatchObject({ type: 'day', at: noon })
    expect(run).toMatchObject({ type: 'run', mine: true, key: items[0]?.key, items: items.slice(0, 2) })
  })

  it('ends a run at a silence of more than 5 minutes since the last message', () => {
    expect(shape([item(ADA, noon), item(ADA, noon + RUN_GAP_MS), item(ADA, noon + 2 * RUN_GAP_MS)])).toEqual([
      'day',
      'ada 3',
    ])
    expect(shape([item(ADA, noon), item(ADA, noon + RUN_GAP_MS + 1)])).toEqual(['day', 'ada 1', 'ada 1'])
  })

  it('ends a run at midnight, with a line for the day', () => {
    const midnight = new Date(2026, 4, 21).getTime()
    expect(shape([item(ADA, midnight - 1), item(ADA, midnight)])).toEqual(['day', 'ada 1', 'day', 'ada 1'])
  })

  it('keeps notes apart from messages, and shows changes of status by themselves', () => {
    const note: Content = { kind: 'note', text: 'x' }
    const status: Content = { kind: 'status', status: 'resolved' }
    const items = [
      item(GRACE, noon),
      item(GRACE, noon, note),
      item(GRACE, noon, status),
      item(GRACE, noon, note),
    ]
    expect(shape(items)).toEqual(['day', 'grace 1', 'grace 1', 'event', 'grace 1'])
  })

  it('gives each block a key of its own', () => {
    const tomorrow = noon + 24 * 60 * minute
    const items = [item(ADA, noon), item(ADA, tomorrow), item(GRACE, noon), item(ADA, tomorrow)]
    const keys = group(items).map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
