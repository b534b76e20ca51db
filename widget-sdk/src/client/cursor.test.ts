import { beforeEach, describe, expect, it } from 'vitest'
import { LogCursor } from './cursor.ts'
import type { Entry, Replay, Stored, Summary } from './wire.ts'

let cursor: LogCursor
beforeEach(() => {
  cursor = new LogCursor()
})

const sender = { kind: 'agent' as const, id: 'agent' }

function entry(words: string, seq?: number): Entry {
  const content = { kind: 'text' as const, text: words }
  return { conversation: 'c', id: words, sender, client_id: words, at: 1, content, ...(seq && { seq }) }
}

function stored(words: string, seq: number): Stored {
  return { conversation: 'c', seq, id: words, sender, client_id: words, at: 1 }
}

/** A page with the entries from `from` to `to`. */
function page(from: number, to: number, changes: Partial<Replay> = {}): Replay {
  const entries = Array.from({ length: to - from + 1 }, (_, i) => entry(`${from + i}`, from + i))
  return {
    summary: { conversation: 'c', head: to } as Summary,
    reset: false,
    entries,
    more: false,
    ...changes,
  }
}

describe('a cursor', () => {
  it('begins with the first page, wherever that is in the log', () => {
    expect(cursor.behind).toBe(false)
    cursor.replay(page(41, 45, { reset: true }))
    expect(cursor.seq).toBe(45)
    cursor.reset()
    expect(cursor.seq).toBeUndefined()
    cursor.replay(page(1, 0))
    expect(cursor.seq).toBe(0)
  })

  it('moves over what comes in order, and over what came before its turn', () => {
    cursor.replay(page(1, 2))
    cursor.entry(entry('3', 3))
    expect([cursor.seq, cursor.behind]).toEqual([3, false])
    cursor.entry(entry('5', 5))
    cursor.entry(entry('6', 6))
    expect([cursor.seq, cursor.behind]).toEqual([3, true])
    cursor.entry(entry('4', 4))
    expect([cursor.seq, cursor.behind]).toEqual([6, false])
    cursor.entry(entry('2', 2))
    expect([cursor.seq, cursor.behind]).toEqual([6, false])
  })

  it('takes a stored for what is pending or its own, and for nothing else', () => {
    cursor.replay(page(1, 1))
    cursor.entry(entry('a'))
    cursor.stored(stored('a', 2), false)
    cursor.stored(stored('mine', 3), true)
    expect([cursor.seq, cursor.behind]).toEqual([3, false])
    cursor.stored(stored('a', 2), false)
    expect(cursor.behind).toBe(false)
    cursor.stored(stored('never seen', 4), false)
    expect([cursor.seq, cursor.behind]).toEqual([3, true])
    cursor.replay(page(4, 4))
    expect([cursor.seq, cursor.behind]).toEqual([4, false])
  })

  it('does not count on what was pending before the connection, or the log, was another', () => {
    for (const change of [() => cursor.lost(), () => cursor.replay(page(1, 1, { reset: true }))]) {
      cursor = new LogCursor()
      cursor.replay(page(1, 1))
      cursor.entry(entry('a'))
      change()
      cursor.stored(stored('a', 2), false)
      expect([cursor.seq, cursor.behind]).toEqual([1, true])
    }
  })

  it('knows from a summary that there is more', () => {
    cursor.replay(page(1, 2, { summary: { conversation: 'c', head: 4 } as Summary, more: true }))
    expect(cursor.behind).toBe(true)
    cursor.replay(page(3, 4))
    expect(cursor.behind).toBe(false)
    cursor.exists(3)
    expect(cursor.behind).toBe(false)
    cursor.exists(5)
    expect(cursor.behind).toBe(true)
  })

  it('is not deceived by a page with a hole before it', () => {
    cursor.replay(page(1, 2))
    cursor.replay(page(5, 6))
    expect([cursor.seq, cursor.behind]).toEqual([2, true])
  })
})
