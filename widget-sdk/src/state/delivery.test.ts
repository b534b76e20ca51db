import { describe, expect, it } from 'vitest'
import { FakeWorld } from '../client/fake-world.ts'
import type { LogView } from './log.ts'
import { openLog } from './open-log.ts'

const text = (words: string) => ({ kind: 'text' as const, text: words })
const texts = (view: LogView) => view.items.map(({ entry }) => entry.content.text)

/** For the tests that try every place to fail: the machine may be busy. */
const LONG_MS = 60_000

/** What holds of a view at any moment. */
function check(view: LogView, where: string): void {
  const keys = view.items.map(({ key }) => key)
  expect(new Set(keys).size, `an item twice, ${where}: ${texts(view)}`).toBe(keys.length)
  const seqs = view.items.flatMap(({ entry }) => entry.seq ?? [])
  expect(seqs, `seqs out of order, ${where}`).toEqual([...new Set(seqs)].sort((a, b) => a - b))
  const stored = view.items.map(({ status }) => status === 'stored')
  expect(stored, `pending before stored, ${where}`).toEqual([...stored].sort((a, b) => Number(b) - Number(a)))
}

interface Failure {
  how: 'break' | 'crash'
  storedFirst: boolean
  /** Frames until the first failure, and from there to a second one. */
  at: number
  again: number
}

/** A visitor and an agent talk while the gateway fails; both see what is stored, once each, and nothing else. */
async function talk({ how, storedFirst, at, again }: Failure): Promise<{ failures: number }> {
  const where = `${how} at frame ${at} and ${again} later, ${storedFirst ? 'stored' : 'routed'} first`
  const world = new FakeWorld()
  const { gateway } = world
  gateway.storedFirst = storedFirst
  const { client: visitor, conversation } = await world.talking()
  for (let i = 1; i <= 5; i++) gateway.say(conversation, `before ${i}`)
  await world.settle()
  const agent = await world.online({ hello: () => ({ role: 'agent' }), storageKey: 'console' })
  const logs = [openLog(visitor, conversation), openLog(agent, conversation)]
  await world.settle()

  const written = new Set<string>()
  for (const log of logs) {
    log.subscribe(view => {
      check(view, where)
      if (log !== logs[0]) return
      for (const words of written) expect(texts(view), `written and gone, ${where}`).toContain(words)
    })
  }
  let failures = 0
  gateway.frames = 0
  gateway.failAt = at
  gateway.fail = socket => {
    failures++
    if (failures === 1) gateway.failAt = gateway.frames + again
    if (how === 'crash') gateway.crash()
    else gateway.break(socket)
    // More than a page is missed, and all the while somebody else writes on.
    for (let i = 1; i <= 3; i++) gateway.say(conversation, `while away ${failures}.${i}`)
  }
  for (const words of ['one', 'two']) {
    written.add(words)
    visitor.send(conversation, text(words))
    agent.send(conversation, text(`reply to ${words}`))
  }
  await world.settle()
  gateway.say(conversation, 'live')
  await world.pass(20_000)
  expect(visitor.state, where).toBe('online')
  const stored = gateway.texts(conversation)
  expect(
    stored.filter(words => words && written.has(words)),
    where,
  ).toHaveLength(2)
  for (const log of logs) {
    // The oldest ones may stand before what a new view begins with.
    const shown = texts(log.view)
    expect(stored.slice(-shown.length), where).toEqual(shown)
    expect(shown.length, where).toBeGreaterThanOrEqual(5)
    expect(new Set(log.view.items.map(({ status }) => status)), where).toEqual(new Set(['stored']))
    expect(log.view.head, where).toBe(stored.length)
  }
  return { failures }
}

describe.each([
  ['break', false],
  ['break', true],
  ['crash', false],
  ['crash', true],
] as const)('when the connection fails (%s, stored first: %s)', (how, storedFirst) => {
  it(
    'nothing is lost and nothing is doubled, at whichever frame it fails',
    async () => {
      let failures = 1
      let at = 1
      for (; failures > 0; at++) {
        ;({ failures } = await talk({ how, storedFirst, at, again: Number.POSITIVE_INFINITY }))
      }
      // So many frames the talk takes without a failure, so many places it has failed at.
      expect(at).toBeGreaterThan(25)
    },
    LONG_MS,
  )

  it(
    'nor when it fails again while it recovers',
    async () => {
      let twice = 0
      for (let at = 1; at <= 24; at += 4) {
        for (let again = 1; again <= 12; again++) {
          const { failures } = await talk({ how, storedFirst, at, again })
          if (failures === 2) twice++
        }
      }
      // A few talks are over before they could fail twice.
      expect(twice).toBeGreaterThan(50)
    },
    LONG_MS,
  )
})
