import { expect, test } from 'vitest'
import { deriveKey } from './key.ts'

const none = new Set<string>()

test.each([
  ['Order number', 'order_number'],
  ['  Größe (cm)  ', 'grosse_cm'],
  ['E-mail', 'e_mail'],
  ['Prénom', 'prenom'],
  ['2nd choice', '2nd_choice'],
  ['名前', 'field'],
  ['', 'field'],
  ['___', 'field'],
])('%s becomes %s', (label, key) => expect(deriveKey(label, none)).toBe(key))

test('a key that is taken gets a number', () => {
  expect(deriveKey('Topic', new Set(['topic']))).toBe('topic_2')
  expect(deriveKey('Topic', new Set(['topic', 'topic_2']))).toBe('topic_3')
})

test('a long label is cut, and stays unlike the one before it', () => {
  const label = 'a very long label that goes on and on and on and on'
  const first = deriveKey(label, none)
  const second = deriveKey(label, new Set([first]))
  expect(first).toBe('a_very_long_label_that_goes_on_and_on_an')
  expect(second).toBe('a_very_long_label_that_goes_on_and_on_2')
  expect(second.length).toBeLessThanOrEqual(40)
})
