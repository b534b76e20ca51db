// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import '../words/english.ts'
import type { BusinessHours } from '../client/index.ts'
import { clock } from '../parts/index.ts'
import { backAt, nextOpening, openNow } from './hours.ts'

const at = (iso: string) => Date.parse(iso)
const when = (hours: BusinessHours, now: string) => {
  const opening = nextOpening(hours, at(now))
  return opening === undefined ? undefined : new Date(opening).toISOString().slice(0, 16)
}
const weekdays = (from: string, to: string) => [1, 2, 3, 4, 5].map(day => ({ day, from, to }))

/** Nine to five in Berlin, with a break at noon on Wednesdays. */
const BERLIN: BusinessHours = {
  time_zone: 'Europe/Berlin',
  days: [
    ...weekdays('09:00', '17:00').filter(({ day }) => day !== 3),
    { day: 3, from: '09:00', to: '12:00' },
    { day: 3, from: '13:00', to: '17:00' },
  ],
}

test('hours are those of the organization, wherever the visitor is', () => {
  // A Monday in winter: Berlin is an hour ahead of UTC.
  expect(openNow(BERLIN, at('2026-11-23T07:59Z'))).toBe(false)
  expect(openNow(BERLIN, at('2026-11-23T08:00Z'))).toBe(true)
  expect(openNow(BERLIN, at('2026-11-23T15:59Z'))).toBe(true)
  expect(openNow(BERLIN, at('2026-11-23T16:00Z'))).toBe(false)
  // In summer two.
  expect(openNow(BERLIN, at('2026-07-06T07:00Z'))).toBe(true)
  expect(openNow(BERLIN, at('2026-07-06T15:00Z'))).toBe(false)
  expect(openNow(BERLIN, at('2026-11-25T11:30Z'))).toBe(false)
  expect(openNow(BERLIN, at('2026-11-22T10:00Z'))).toBe(false)
})

test('it opens next later today, tomorrow, or behind the weekend', () => {
  expect(when(BERLIN, '2026-11-23T05:00Z')).toBe('2026-11-23T08:00')
  expect(when(BERLIN, '2026-11-25T11:30Z')).toBe('2026-11-25T12:00')
  expect(when(BERLIN, '2026-11-23T20:00Z')).toBe('2026-11-24T08:00')
  expect(when(BERLIN, '2026-11-27T16:00Z')).toBe('2026-11-30T08:00')
  expect(when(BERLIN, '2026-11-23T10:00Z')).toBeUndefined()
})

test('the clocks may change before it opens', () => {
  // The last Sunday of March and of October.
  expect(when(BERLIN, '2026-03-27T18:00Z')).toBe('2026-03-30T07:00')
  expect(when(BERLIN, '2026-10-23T18:00Z')).toBe('2026-10-26T08:00')
  const night = (from: string, to: string) => ({ time_zone: 'Europe/Berlin', days: [{ day: 0, from, to }] })
  // Half past two comes twice: open from the first on, through both.
  const twice = night('02:30', '03:00')
  expect(when(twice, '2026-10-24T12:00Z')).toBe('2026-10-25T00:30')
  expect(openNow(twice, at('2026-10-25T00:45Z'))).toBe(true)
  expect(openNow(twice, at('2026-10-25T01:45Z'))).toBe(true)
  // And never: what should open then is open once the clock is behind it.
  const never = night('02:30', '05:00')
  expect(openNow(never, at('2026-03-29T00:59Z'))).toBe(false)
  expect(openNow(never, at('2026-03-29T01:00Z'))).toBe(true)
  const opening = at(`${when(never, '2026-03-28T12:00Z')}Z`)
  expect(opening).toBeGreaterThanOrEqual(at('2026-03-29T01:00Z'))
  expect(opening).toBeLessThanOrEqual(at('2026-03-29T02:00Z'))
})

test('days end at 24:00, and zones lie on both sides of the date line', () => {
  const always = (time_zone: string): BusinessHours => ({
    time_zone,
    days: [0, 1, 2, 3, 4, 5, 6].map(day => ({ day, from: '00:00', to: '24:00' })),
  })
  for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
    for (let hour = 0; hour < 24 * 8; hour++) {
      expect(openNow(always(zone), at('2026-04-01T00:00Z') + hour * 3_599_000)).toBe(true)
    }
  }
  const monday: BusinessHours = {
    time_zone: 'Pacific/Kiritimati',
    days: [{ day: 1, from: '08:00', to: '24:00' }],
  }
  expect(when(monday, '2026-11-22T12:00Z')).toBe('2026-11-22T18:00')
  expect(openNow(monday, at('2026-11-23T09:59Z'))).toBe(true)
  expect(openNow(monday, at('2026-11-23T10:00Z'))).toBe(false)
})

test('without hours it is always open; with none on any day never; an unknown zone closes nothing', () => {
  expect(openNow(undefined, 0)).toBe(true)
  expect(nextOpening(undefined, 0)).toBeUndefined()
  const closed = { time_zone: 'UTC', days: [] }
  expect(openNow(closed, 0)).toBe(false)
  expect(nextOpening(closed, 0)).toBeUndefined()
  const nowhere = { time_zone: 'Mars/Olympus', days: [{ day: 1, from: '09:00', to: '17:00' }] }
  expect(openNow(nowhere, 0)).toBe(true)
  expect(nextOpening(nowhere, 0)).toBeUndefined()
})

test('when somebody is back is told by the day and clock of the visitor', () => {
  const local = (day: number, hour: number) => new Date(2026, 10, day, hour)
  const utc = (at: Date) => at.toISOString().slice(11, 16)
  const hours = (...opens: Date[]) => ({
    time_zone: 'UTC',
    days: opens.map(at => ({ day: at.getUTCDay(), from: utc(at), to: '24:00' })),
  })
  const back = (opens: Date, now: Date) => backAt(hours(opens), now.getTime())
  const at = (opens: Date) => clock(opens.getTime())
  // A Friday, the next day, and the Monday after.
  expect(back(local(20, 19), local(20, 18))).toBe(`We are back at ${at(local(20, 19))}.`)
  expect(back(local(21, 9), local(20, 18))).toBe(`We are back tomorrow at ${at(local(21, 9))}.`)
  expect(back(local(23, 9), local(20, 18))).toBe(`We are back on Monday at ${at(local(23, 9))}.`)
  expect(back(local(20, 9), local(20, 10))).toBeUndefined()
})
