// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import type { ProactiveRule } from '../client/wire.ts'
import { fits } from './glob.ts'
import { Memory, VISIT_MS } from './past.ts'
import { holds } from './rules.ts'

beforeEach(() => localStorage.clear())

test('an address fits by its path and query when the rule begins with a slash, else as a whole; never by its fragment', () => {
  const at = new URL('https://shop.example/cart/2?step=pay#top')
  for (const [glob, is] of [
    ['/cart*', true],
    ['/cart', false],
    ['/*step=pay', true],
    ['/cart/?', false],
    ['*', true],
    ['https://shop.example/*', true],
    ['https://shop.example/cart/2?step=pay', true],
    ['http://shop.example/*', false],
    ['*/cart/*', true],
    ['*#top', false],
    ['cart', false],
    ['/CART*', false],
    ['/cart/2.step*', false],
    ['/(cart)*', false],
  ] as const) {
    expect(fits(glob, at), glob).toBe(is)
  }
})

test('many stars take no longer than few', () => {
  const long = new URL(`https://shop.example/${'a'.repeat(2_000)}`)
  expect(fits(`/${'*a'.repeat(40)}*b`, long)).toBe(false)
})

const rule = (conditions: Partial<ProactiveRule>): ProactiveRule => ({
  id: 'r',
  message: 'Hello',
  open: false,
  exit_intent: false,
  ...conditions,
})

test('all conditions of a rule must hold', () => {
  const here = { address: 'https://shop.example/cart', seconds: 10, scrolled: 40 }
  const is = (conditions: Partial<ProactiveRule>, leaving = false) =>
    holds(rule(conditions), here, 2, new Set(['paid']), leaving)
  expect(is({})).toBe(true)
  for (const [yes, no] of [
    [{ url: '/cart' }, { url: '/checkout' }],
    [{ seconds: 10 }, { seconds: 11 }],
    [{ scroll: 40 }, { scroll: 41 }],
    [{ visits: 2 }, { visits: 3 }],
    [{ returning: true }, { returning: false }],
    [{ event: 'paid' }, { event: 'left' }],
  ]) {
    expect(is(yes ?? {}), JSON.stringify(yes)).toBe(true)
    expect(is(no ?? {}), JSON.stringify(no)).toBe(false)
    expect(is({ ...yes, exit_intent: true })).toBe(false)
    expect(is({ ...yes, exit_intent: true }, true)).toBe(true)
  }
})

test('visits lie half an hour apart, and what was shown is remembered', () => {
  const memory = new Memory('past')
  expect(memory.visit(1_000_000_000)).toBe(1)
  expect(memory.visit(1_000_000_000 + VISIT_MS)).toBe(1)
  expect(memory.visit(1_000_000_000 + 2 * VISIT_MS + 1)).toBe(2)
  memory.show('a')
  const next = new Memory('past')
  expect([next.wasShown('a'), next.wasShown('b')]).toEqual([true, false])
  expect(next.visit(2_000_000_000)).toBe(3)
})

test('a past that is not readable is none', () => {
  for (const text of ['{', 'null', '{"shown":7}', '[]']) {
    localStorage.setItem('past', text)
    expect(new Memory('past').visit(1_000_000_000), text).toBe(1)
  }
})
