import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Longest string that is used, in bytes: the longest text of a message. */
const LONGEST = 16_384

/** What the lists hold that is no text to try: NUL, which nothing takes, and halves of surrogate pairs. */
const UNTYPABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/u

/** A string's length in bytes of UTF-8. */
export function bytes(text: string): number {
  return Buffer.byteLength(text)
}

/**
 * Strings that were used against pages, each once, from public lists on npm: the Big List of Naughty Strings, the cases
 * of the HTML5 Security Cheatsheet that DOMPurify was tested with, and OWASP's list of ways around filters.
 */
export const CORPUS: readonly string[] = corpus()

function corpus(): string[] {
  const naughty = require('big-list-of-naughty-strings') as string[]
  const sheet = require('dompurify-cases/test/expect.json') as { payload: string }[]
  const evasions = readFileSync(require.resolve('xss-filters/tests/fuzz/bin/seed.xss'), 'utf8').split('\n')
  const all = [...naughty, ...sheet.map(({ payload }) => payload), ...evasions]
  return [...new Set(all.filter(text => text.trim() && !UNTYPABLE.test(text) && bytes(text) <= LONGEST))]
}

/** Those that a field takes which is one line of at most so many bytes. What would break the line is a space. */
export function lines(strings: readonly string[], most: number): string[] {
  const single = strings.map(text => text.replaceAll(/\p{Cc}/gu, ' ').trim())
  return [...new Set(single.filter(text => text && bytes(text) <= most))]
}

/** Puts as many strings into one as fit, a space between: for fields that are shown one at a time. */
export function packs(strings: readonly string[], most: number): string[] {
  const packed: string[] = []
  let pack = ''
  for (const text of strings) {
    const longer = pack ? `${pack} ${text}` : text
    if (bytes(longer) <= most) pack = longer
    else {
      packed.push(pack)
      pack = text
    }
  }
  return pack ? [...packed, pack] : packed
}

/** Cuts a list into lists of at most `most`. */
export function chunks<T>(list: readonly T[], most: number): T[][] {
  const count = Math.ceil(list.length / most)
  return Array.from({ length: count }, (_, index) => list.slice(index * most, (index + 1) * most))
}
