import { expect, test } from 'vitest'
import { fileSize } from '../filesize.ts'
import { fileAddress, plainName } from './address.ts'

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

test.each(['blob:https://chat.example/0c1f', 'javascript:alert(1)', 'http://chat.example/f'])(
  '%s is not on the gateway',
  url => {
    const attachment = { id: 'f', name: 'f', size: 1, type: 'text/plain', url }
    expect(fileAddress(attachment, 'https://chat.example')).toBeUndefined()
    expect(fileAddress(attachment, 'file:///app/index.html')).toBeUndefined()
  },
)

test('a name cannot be turned around, and keeps what other scripts need', () => {
  expect(plainName('invoice\u202Etxt.bat')).toBe('invoicetxt.bat')
  expect(plainName('\u2066a\u2069\u200F.pdf')).toBe('a.pdf')
  expect(plainName('می\u200Cخواهم 👩\u200D🔬.pdf')).toBe('می\u200Cخواهم 👩\u200D🔬.pdf')
})
