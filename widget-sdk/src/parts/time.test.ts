import { expect, test } from 'vitest'
import { ago } from './ago.ts'
import { clock, day } from './time.ts'

const now = new Date(2024, 5, 12, 15, 30).getTime()
const at = (month: number, date: number, hour: number, minute: number, year = 2024) =>
  new Date(year, month, date, hour, minute).getTime()

test('the clock follows the locale', () => {
  expect(clock(now, 'en-GB')).toBe('15:30')
  expect(clock(now, 'en-US')).toMatch(/^3:30\sPM$/)
})

test('a day line is as near as it can be', () => {
  expect(day(at(5, 12, 0, 0), now, 'en-GB')).toBe('Today')
  expect(day(at(5, 11, 23, 59), now, 'en-GB')).toBe('Yesterday')
  expect(day(at(5, 10, 9, 0), now, 'en-GB')).toBe('Monday')
  expect(day(at(5, 5, 9, 0), now, 'en-GB')).toBe('5 June')
  expect(day(at(11, 31, 9, 0, 2023), now, 'en-GB')).toBe('31 December 2023')
})

test('a clock that runs ahead makes no day line from the past', () => {
  expect(day(at(5, 13, 1, 0), now, 'en-GB')).toBe('13 June')
  expect(ago(now + 5_000, now, 'en-GB')).toBe('now')
})

test('a row says how long ago, briefly', () => {
  expect(ago(now - 59_000, now, 'en-GB')).toBe('now')
  expect(ago(now - 4 * 60_000, now, 'en-GB')).toMatch(/^4 mins?$/)
  expect(ago(at(5, 12, 9, 5), now, 'en-GB')).toMatch(/^0?9:05$/)
  expect(ago(at(5, 11, 9, 5), now, 'en-GB')).toBe('Yesterday')
  expect(ago(at(5, 9, 9, 5), now, 'en-GB')).toBe('Sun')
  expect(ago(at(4, 1, 9, 5), now, 'en-GB')).toBe('1 May')
})
