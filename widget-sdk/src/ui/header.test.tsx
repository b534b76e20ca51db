// @vitest-environment happy-dom
import { render } from 'preact'
import { afterEach, expect, test } from 'vitest'
import { clock } from '../parts/index.ts'
import { backAt, Header, type HeaderProps, names } from './header.tsx'
import { NOTHING } from './view.ts'

const root = document.createElement('div')

function text(view: Partial<HeaderProps['view']>) {
  const settings = { ...NOTHING.settings, offline_message: 'Gone fishing' }
  render(<Header tall greeting="Hello" view={{ ...NOTHING, settings, ...view }} onClose={() => {}} />, root)
  return root.textContent
}

afterEach(() => render(null, root))

test('nobody is said to be away before the gateway has said so', () => {
  expect(text({ online: false })).toBe('Hello')
  expect(text({ ready: true, online: false })).toBe('HelloGone fishing')
  expect(text({ ready: true, online: true })).toBe('HelloOnline now')
})

test('when somebody is back is told by the day and clock of the visitor', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime()
  const now = at(20, 18)
  expect(backAt(at(20, 19), now)).toBe(`We are back at ${clock(at(20, 19))}.`)
  expect(backAt(at(21, 9), now)).toBe(`We are back tomorrow at ${clock(at(21, 9))}.`)
  expect(backAt(at(23, 9), now)).toBe(`We are back on Monday at ${clock(at(23, 9))}.`)
  const friday = new Date(2026, 2, 27, 18).getTime()
  expect(backAt(new Date(2026, 2, 30, 9).getTime(), friday)).toContain('on Monday at')
})

test('agents are called by their first names, and counted from the third on', () => {
  const people = ['Ada Byron', 'Bo', 'Cy', 'Di'].map(name => ({ name }))
  expect(names(people.slice(0, 1))).toBe('Ada')
  expect(names(people.slice(0, 2))).toBe('Ada and Bo')
  expect(names(people.slice(0, 3))).toBe('Ada, Bo and 1 other')
  expect(names(people)).toBe('Ada, Bo and 2 others')
})
