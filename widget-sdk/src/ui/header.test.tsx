// @vitest-environment happy-dom
import { render } from 'preact'
import { afterEach, expect, test } from 'vitest'
import { Header, type HeaderProps, names } from './header.tsx'
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

test('agents are called by their first names, and counted from the third on', () => {
  const people = ['Ada Byron', 'Bo', 'Cy', 'Di'].map(name => ({ name }))
  expect(names(people.slice(0, 1))).toBe('Ada')
  expect(names(people.slice(0, 2))).toBe('Ada and Bo')
  expect(names(people.slice(0, 3))).toBe('Ada, Bo and 1 other')
  expect(names(people)).toBe('Ada, Bo and 2 others')
})
