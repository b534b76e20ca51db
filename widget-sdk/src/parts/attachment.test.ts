import { expect, test } from 'vitest'
import { fileSize } from './attachment.tsx'

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1_000, '1 kB'],
  [1_450, '1.5 kB'],
  [20_480, '20 kB'],
  [4_200_000, '4.2 MB'],
  [5_000_000_000_000, '5,000 GB'],
])('%d bytes are %s', (bytes, words) => {
  expect(fileSize(bytes, 'en')).toBe(words)
})
