// @vitest-environment happy-dom
// What pages do that nobody would think of: nothing of it may throw, or stop what they do next.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { install } from '../loader.ts'
import { load } from '../npm/index.ts'
import { gateway, host, key, left, looks, page } from './fixture.ts'
import type { Gateway } from './gateway.ts'

let complained: ReturnType<typeof vi.spyOn>

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  complained = vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})

afterEach(() => {
  for (const leave of left.splice(0)) leave()
  vi.restoreAllMocks()
})

/** Has this browser know how the widget looks, as after its first page. */
async function known(files: Gateway, shells: ReturnType<typeof gateway>['shells']) {
  const { target, run } = page()
  install(target, files, key)
  run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.paint(looks, true)
  run('shutdown')
}

test('where the looks are known, a listener for ready may open the window', async () => {
  const { files, panel, shells } = gateway()
  await known(files, shells)
  const { target, run } = page()
  install(target, files)
  run('on', 'ready', () => run('open'))
  run('init', key)
  await vi.waitFor(() => expect(panel.show).toHaveBeenCalledWith(true, true))
  expect(console.warn).not.toHaveBeenCalled()
})

test('where the looks are known, a listener for ready may take the widget off the page', async () => {
  const { files, shells } = gateway()
  await known(files, shells)
  const { target, run } = page()
  install(target, files)
  run('on', 'ready', () => run('shutdown'))
  run('init', key)
  expect(host()).toBeNull()
  expect(run('get')).toBeUndefined()
})

test('a panel whose start made a listener take the widget away is ended', async () => {
  const { files, panel, load } = gateway()
  load.mockResolvedValue({
    start: (shell: { emit: (name: 'error', detail: object) => void }) => {
      shell.emit('error', { code: 'bad_field', message: 'must be …' })
      return panel
    },
  })
  const { target, run } = page()
  install(target, files)
  run('on', 'error', () => run('shutdown'))
  run('init', key)
  run('open')
  await vi.waitFor(() => expect(panel.destroy).toHaveBeenCalledTimes(1))
  expect(panel.show).not.toHaveBeenCalled()
})

test('names that every object has are nobody’s event and nothing that is known', () => {
  const { target, run } = page()
  install(target, gateway().files, key)
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    expect(run('get', name)).toBeUndefined()
    run('off', name)
    run('off', name, () => {})
    run(name)
  }
  expect(complained).not.toHaveBeenCalled()
})

test('nothing that a page gives throws, and what it says next is done', () => {
  const round: Record<string, unknown> = {}
  round.round = round
  const odd: unknown[] = [
    undefined,
    null,
    0,
    -1,
    Number.NaN,
    7n,
    '',
    'x'.repeat(1e6),
    Symbol('s'),
    [],
    round,
    () => {},
  ]
  odd.push(Object.create(null), new Date(Number.NaN), document)
  const methods =
    'open close toggle show hide shutdown get on once off reset popout send prefill greet setTags endChat identify update track page setAttributes setLocale setTheme setDepartment'
  const { target, run } = page(...odd.map(one => [one]), [
    'init',
    { ...key, userData: round, autoOpenDelay: 7n },
  ])
  install(target, gateway().files)
  expect(run('get', 'open')).toBe(false)
  for (const one of odd) {
    run('init', one)
    for (const method of methods.split(' ')) run(method, one, one, one)
    run('shutdown')
    run('init', { widgetKey: one, organizationId: one, zIndex: one, primaryColor: one, locale: one })
    run('shutdown')
  }
  run('init', { ...key, primaryColor: round })
  expect(run('get', 'open')).toBe(false)
})

test('a place between two layers is none', () => {
  const { target, run } = page()
  install(target, gateway().files)
  const wrong = vi.fn()
  run('on', 'error', wrong)
  run('init', { ...key, zIndex: 1.5 })
  expect(wrong).toHaveBeenCalledWith(expect.objectContaining({ code: 'bad_field', field: 'zIndex' }))
})

test('a package that is told nothing says what it needs', () => {
  expect(() => (load as () => void)()).not.toThrow()
  expect(complained).toHaveBeenCalledWith(expect.stringContaining('gateway must be'))
})
