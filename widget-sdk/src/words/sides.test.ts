import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '..')
/** Where the bubble and what stands beside it are is the organization's choice, whatever the language's direction. */
const CORNERED = /(?:bubble|teaser)\.css$/
/** Sides that do not turn with the language. */
const PHYSICAL =
  /(?:margin|padding|border|inset)-(?:left|right)|text-align: *(?:left|right)|float:|^\s*(?:left|right): (?!50%)/

test('what the window is made of turns with the direction of its language', () => {
  const sheets = ['ui', 'parts']
    .flatMap(folder => readdirSync(join(SRC, folder), { recursive: true }).map(file => `${folder}/${file}`))
    .filter(file => file.endsWith('.css') && !CORNERED.test(file))
  expect(sheets.length).toBeGreaterThan(5)
  const found = sheets.flatMap(file =>
    readFileSync(join(SRC, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => (PHYSICAL.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
  )
  expect(found).toEqual([])
})
