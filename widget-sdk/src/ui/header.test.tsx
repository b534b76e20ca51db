// @vitest-environment happy-dom
import { render } from 'preact'
import { afterEach, expect, test } from 'vitest'
import { Header, type HeaderProps, names } from './header.tsx'

const root = document.createElement('div')

function text(availability: HeaderProps['availability']) {
  render(
    <Header tall greeting="Hello" offline="Gone fishing" availability={availability} onClose={() => {}} />,
    root,
  )
  return root.textContent
}

afterEach(() => render(null, root))

test('nobody is said to be away before the gateway has said so', () => {
  expect(text(undefined)).toBe('Hello')
  expect(text({ online: false, agents: [] })).toBe('HelloGone fishing')
  expect(text({ online: true, agents: [] })).toBe('HelloOnline now')
})

test('agents are called by their first names, and counted from the third on', () => {
  const people = ['Ada Byron', 'Bo', 'Cy', 'Di'].map(name => ({ name }))
  expect(names(people.slice(0, 1))).toBe('Ada')
  expect(names(people.slice(0, 2))).toBe('Ada and Bo')
  expect(names(people.slice(0, 3))).toBe('Ada, Bo and 1 other')
  expect(names(people)).toBe('Ada, Bo and 2 others')
})
