import { expect, test } from 'vitest'
import { visitorName } from './names.ts'

const id = '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4f2a'

test('a visitor is called by their name, else their address, else a name that stays the same', () => {
  expect(visitorName({ id, name: 'Ada', email: 'ada@shop.example' })).toBe('Ada')
  expect(visitorName({ id, name: '  ', email: 'ada@shop.example' })).toBe('ada@shop.example')
  expect(visitorName({ id })).toBe('Visitor 4F2A')
})
