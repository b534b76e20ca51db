// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { keep, kept } from './kept.ts'

beforeEach(() => localStorage.clear())

test('the latest stands first, once, and the oldest is forgotten', () => {
  for (let i = 0; i < 30; i++) keep({ chosen: String.fromCodePoint(0x1f600 + i) })
  keep({ chosen: '😝' })
  keep({ chosen: '😅' })
  const { recent } = kept()
  expect(recent).toHaveLength(24)
  expect(recent.slice(0, 3)).toEqual(['😅', '😝', '😜'])
  expect(new Set(recent).size).toBe(24)
})

test('a tone and what was chosen do not displace each other', () => {
  keep({ chosen: '🎉' })
  keep({ tone: 3 })
  expect(kept()).toEqual({ tone: 3, recent: ['🎉'] })
})

test.each(['nonsense', '[]', 'null', '{"tone":9,"recent":7}', '{"tone":"x","recent":[1,null]}'])(
  'what somebody else made of it counts as nothing: %s',
  text => {
    localStorage.setItem('chatdesk:emoji', text)
    expect(kept()).toEqual({ tone: 0, recent: [] })
  },
)
