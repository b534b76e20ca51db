// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Gateway } from './loader/gateway.ts'
import { type Command, install } from './loader.ts'
import { readOptions } from './ui/options.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const readme = read('../README.md')
const api = read('api.ts')

/** The lines of the table in a section of the README, each as its cells. */
function table(section: string): string[][] {
  const [, text = ''] = readme.split(`\n## ${section}\n`)
  const rows = (text.split('\n## ')[0] ?? '').split('\n').filter(line => line.startsWith('| '))
  return rows.slice(2).map(row =>
    row
      .split('|')
      .map(cell => cell.trim())
      .slice(1, -1),
  )
}

/** The names of an interface's members in api.ts. */
function members(name: string): string[] {
  const [, body = ''] = api.split(`export interface ${name} {\n`)
  const lines = (body.split('\n}\n')[0] ?? '').matchAll(/^ {2}'?([\w:]+)'?[?(:]/gm)
  return [...lines].map(([, member = '']) => member)
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort()
const said = vi.spyOn(console, 'warn').mockImplementation(() => {})
const complained = vi.spyOn(console, 'error').mockImplementation(() => {})
let command: Command

/** What follows `there are` in the latest sentence of the console. */
const listed = (spy: typeof said) =>
  sorted(String(spy.mock.lastCall?.[0]).split('there are ')[1]?.split(', ') ?? [])

beforeAll(() => {
  command = install({}, { version: '1' } as Gateway)
})
afterEach(() => vi.clearAllMocks())

test('every option of the code stands in the README with an example, and no other', () => {
  const [problem] = readOptions({ nonsense: 1 }).problems
  const known = sorted(problem?.rule.split('there are ')[1]?.split(', ') ?? [])
  const rows = table('Options')
  expect(sorted(rows.map(([option = '']) => option.replaceAll('`', '')))).toEqual(known)
  expect(sorted(members('InitOptions'))).toEqual(known)
  for (const [option = '', example = ''] of rows) expect(example).toContain(`${option.replaceAll('`', '')}:`)
})

test('every method of the code stands in the README as a call, and no other', () => {
  command('nonsense')
  const known = listed(said)
  expect(known).toContain('init')
  const calls = table('Methods').map(([call = '']) => /^`chatdesk\('(\w+)'.*\)`$/.exec(call)?.[1] ?? call)
  expect(sorted(calls)).toEqual(known)
  expect(sorted([...members('Methods'), 'get', 'on', 'once', 'off'])).toEqual(known)
})

test('every event of the code stands in the README with what it is given, and no other', () => {
  command('on', 'nonsense', () => {})
  const known = listed(complained)
  expect(known).toContain('ready')
  const rows = table('Events')
  expect(sorted(rows.map(([event = '']) => event.replaceAll('`', '')))).toEqual(known)
  expect(sorted(members('Events'))).toEqual(known)
  for (const [, , given = ''] of rows) expect(given).toMatch(/`\{.*\}`|^the same$/)
})

test('what get tells stands in the README', () => {
  const row = table('Methods').find(([call]) => call === "`chatdesk('get')`")?.[1] ?? ''
  expect(sorted([...row.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))).toEqual(sorted(members('State')))
})

test('the links within the page lead somewhere', () => {
  const anchors = [...readme.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(' ', '-')
      .replace(/[^\w-]/g, ''),
  )
  for (const [, anchor = ''] of readme.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor)
})
