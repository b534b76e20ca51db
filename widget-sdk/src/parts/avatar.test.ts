import { expect, test } from 'vitest'
import { initials } from './avatar.tsx'
import { ADA, VISITOR } from './fixture.ts'
import { typingText } from './typing.tsx'

test('initials are the first letters of the first and last word', () => {
  expect(initials('Ada Byron')).toBe('AB')
  expect(initials('ada king byron')).toBe('AB')
  expect(initials('Ada')).toBe('A')
  expect(initials('𝒜da 𝐁yron')).toBe('𝒜𝐁')
  expect(initials('  ')).toBe('?')
  expect(initials(undefined)).toBe('?')
})

test('typing names those who do', () => {
  expect(typingText([ADA])).toBe('Ada Byron is typing')
  expect(typingText([ADA, VISITOR])).toBe('Ada Byron and Visitor are typing')
  expect(typingText([ADA, ADA, ADA])).toBe('Ada Byron and 2 others are typing')
})
