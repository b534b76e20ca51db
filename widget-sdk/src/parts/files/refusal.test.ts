import { expect, test } from 'vitest'
import type { Limits, WireError } from '../../client/index.ts'
import { against } from '../../client/uploads.ts'
import { endings, typeOf } from './kinds.ts'
import { final, refusal } from './refusal.ts'

const limits = { upload_bytes: 5_000_000, upload_types: ['image/png', 'image/jpeg', 'text/csv'] } as Limits
const why = (size: number, type: string) => {
  const error = against({ size, type }, limits)
  return error && refusal(error, size, limits)
}

test('each rule is named', () => {
  expect(why(1, 'image/png')).toBeUndefined()
  expect(why(0, 'image/png')).toBe('This file is empty.')
  expect(why(5_000_001, 'image/png')).toBe('5 MB is too much: a file may have at most 5 MB.')
  expect(why(7_400_000, 'image/png')).toBe('7.4 MB is too much: a file may have at most 5 MB.')
  expect(why(1, 'text/html')).toBe('Files of this kind are not taken. Possible are PNG, JPG, CSV.')
})

const error = (change: Partial<WireError>): WireError => ({
  code: 'bad_field',
  retryable: false,
  retry_ms: 0,
  text: '',
  ...change,
})

test.each<[string, Partial<WireError>, boolean]>([
  ['Files are not taken here.', { code: 'unsupported' }, true],
  ['This conversation takes no more files.', { code: 'not_found' }, false],
  ['This file cannot be read. Please choose it again.', { field: 'bytes' }, false],
  ['This file was not accepted.', { field: 'name' }, false],
])('%s', (words, change, ends) => {
  expect(refusal(error(change), 1, limits)).toBe(words)
  expect(final(error(change)), 'whether trying again is offered').toBe(ends)
})

test('what a system does not know a file as is told by its name', () => {
  expect(typeOf({ name: 'Orders.CSV', type: 'application/vnd.ms-excel' }, limits.upload_types)).toBe(
    'text/csv',
  )
  expect(typeOf({ name: 'a.png', type: '' }, limits.upload_types)).toBe('image/png')
  expect(typeOf({ name: 'a.csv', type: 'image/png' }, limits.upload_types)).toBe('image/png')
  expect(typeOf({ name: 'a.exe', type: 'application/x-msdownload' }, limits.upload_types)).toBe(
    'application/x-msdownload',
  )
})

test('kinds are called by their endings, each once', () => {
  expect(endings(['audio/webm', 'video/webm', 'application/pdf', 'font/woff2'])).toEqual([
    'WEBM',
    'PDF',
    'WOFF2',
  ])
})
