// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bubble, gateway, host, key, left, looks, page } from './loader/fixture.ts'
import { whenIdle } from './loader/plan.ts'
import { install } from './loader.ts'
import type { RulesModule, Stage } from './rules/stage.ts'

let said: { error: ReturnType<typeof vi.spyOn>; warn: ReturnType<typeof vi.spyOn> }

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  said = {
    error: vi.spyOn(console, 'error').mockImplementation(() => {}),
    warn: vi.spyOn(console, 'warn').mockImplementation(() => {}),
  }
})

afterEach(() => {
  for (const leave of left.splice(0)) leave()
  vi.restoreAllMocks()
})

test('calls made before the script came are done in their order', async () => {
  const { files, panel, shells } = gateway()
  const { target } = page(['init', key], ['open'], ['send', ' hello '])
  install(target, files)
  await vi.waitFor(() => expect(panel.call).toHaveBeenCalledWith('send', [' hello ']))
  expect(panel.show).toHaveBeenCalledWith(true, true)
  expect(shells).toHaveLength(1)
  expect(shells[0]).toMatchObject({
    socket: 'ws://gateway/ws',
    storageKey: 'chatdesk:wk_1',
    agent: 'widget/1.2.3',
  })
})

test('a second inclusion changes nothing', () => {
  const { files } = gateway()
  const { target } = page(['init', key])
  install(target, files)
  const first = target.chatdesk
  install(target, gateway().files, key)
  expect(target.chatdesk).toBe(first)
  expect(said.warn).not.toHaveBeenCalled()
})

test('of two async scripts, the one with the options may come second', () => {
  const { files } = gateway()
  const { target, run } = page()
  install(target, files)
  install(target, gateway().files, key)
  expect(run('get')).toMatchObject({ open: false })
})

test('the bubble is not drawn before it is known how, and at once on the next page', async () => {
  const { files, shells, load } = gateway()
  const first = page()
  install(first.target, files, key)
  const ready = vi.fn()
  first.run('on', 'ready', ready)
  expect(host()).toBeNull()
  first.run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.paint(looks, true)
  expect(ready).toHaveBeenCalledTimes(1)
  expect(host()?.dataset.side).toBe('left')
  expect(host()?.style.getPropertyValue('--cd-brand')).toBe('#112233')
  first.run('close')
  first.run('shutdown')

  load.mockClear()
  const second = page()
  install(second.target, files, key)
  expect(bubble()).toBeTruthy()
  expect(load).not.toHaveBeenCalled()
  const late = vi.fn()
  second.run('on', 'ready', late)
  expect(late).toHaveBeenCalledTimes(1)
})

test('in a page whose body has not begun the bubble waits for it', async () => {
  const { files, shells } = gateway()
  const { target, run } = page()
  install(target, files, key)
  run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  const body = vi.spyOn(document, 'body', 'get').mockReturnValue(null as unknown as HTMLElement)
  shells[0]?.paint(looks, true)
  body.mockRestore()
  expect(host()).toBeNull()
  document.documentElement.append(document.createComment('the parser goes on'))
  await vi.waitFor(() => expect(host()?.isConnected).toBe(true))
})

test('a page that draws itself anew keeps the widget, one that has shut it down does not', async () => {
  const { files, shells } = gateway()
  const { target, run } = page()
  install(target, files, key)
  run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.paint(looks, true)
  const before = host()
  const anew = () => [document.createElement('head'), document.createElement('body')]
  for (let times = 0; times < 2; times++) {
    document.documentElement.replaceChildren(...anew())
    expect(host()).toBeNull()
    await vi.waitFor(() => expect(host()).toBe(before))
  }
  const root = document.createElement('html')
  root.append(...anew())
  document.documentElement.remove()
  document.append(root)
  expect(host()).toBeNull()
  await vi.waitFor(() => expect(host()).toBe(before))
  document.body.replaceWith(document.createElement('body'))
  expect(host()).toBe(before)
  document.documentElement.replaceChildren(...anew())
  run('shutdown')
  await new Promise(requestAnimationFrame)
  await new Promise(requestAnimationFrame)
  expect(host()).toBeNull()
})

test('looks made with other options are not painted', async () => {
  const { files, shells } = gateway()
  const first = page()
  install(first.target, files, key)
  first.run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.paint(looks, true)
  first.run('shutdown')
  install(page().target, files, { ...key, primaryColor: '#ff0000' })
  expect(host()).toBeNull()
})

test('looks of an earlier version are not painted', async () => {
  const { files, shells } = gateway()
  const first = page()
  install(first.target, files, key)
  first.run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.paint(looks, true)
  const kept = JSON.parse(localStorage['chatdesk:wk_1:looks'])
  delete kept.looks.rules
  localStorage['chatdesk:wk_1:looks'] = JSON.stringify(kept)
  first.run('shutdown')
  install(page().target, files, key)
  expect(host()).toBeNull()
  expect(said.error).not.toHaveBeenCalled()
})

test('the window stays open over pages, and closed once closed', async () => {
  const one = gateway()
  const { target, run } = page()
  install(target, one.files, key)
  run('open')
  await vi.waitFor(() => expect(one.panel.show).toHaveBeenCalledWith(true, true))
  const two = gateway()
  const next = page()
  install(next.target, two.files, key)
  await vi.waitFor(() => expect(two.panel.show).toHaveBeenCalledWith(true, false))
  const closed = vi.fn()
  next.run('on', 'close', closed)
  next.run('close')
  expect(closed).toHaveBeenCalledTimes(1)
  expect(sessionStorage.getItem('chatdesk:wk_1:open')).toBe('0')
})

test('bubble, badge and button follow the panel', async () => {
  const { files, shells } = gateway()
  const { target, run } = page()
  install(target, files, key)
  const unread = vi.fn()
  run('on', 'unread', unread)
  run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.paint(looks, true)
  run('close')
  shells[0]?.emit('unread', { count: 12 }, 'Open chat, 12 unread messages')
  expect(unread).toHaveBeenCalledWith({ count: 12 })
  expect(bubble()?.querySelector('.badge')?.textContent).toBe('9+')
  expect(bubble()?.getAttribute('aria-label')).toBe('Open chat, 12 unread messages')
  expect(run('get', 'unread')).toBe(12)
  run('hide')
  expect(host()?.hidden).toBe(true)
  run('show')
  expect(host()?.hidden).toBe(false)
  bubble()?.click()
  await vi.waitFor(() => expect(bubble()?.getAttribute('aria-expanded')).toBe('true'))
  expect(run('get')).toMatchObject({ open: true, visible: true, version: '1.2.3' })
})

test('the panel of now stands in for one that is gone', async () => {
  const { files, load, panel } = gateway()
  load.mockRejectedValueOnce(new TypeError('not found'))
  const { target, run } = page()
  install(target, files, key)
  run('open')
  await vi.waitFor(() => expect(panel.show).toHaveBeenCalled())
  expect(load.mock.calls).toEqual([['panel-1.js'], [expect.stringMatching(/^panel\.js\?\d+$/)]])
  expect(said.error).not.toHaveBeenCalled()
})

test('a panel that could not be loaded is told of, and tried again when it is asked for', async () => {
  const { files, load, panel } = gateway()
  for (let tries = 0; tries < 2; tries++) load.mockRejectedValueOnce(new TypeError('offline'))
  const { target, run } = page()
  install(target, files, key)
  const failed = vi.fn()
  run('on', 'error', failed)
  run('open')
  await vi.waitFor(() =>
    expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'unavailable' })),
  )
  expect(said.error).toHaveBeenCalledWith(expect.stringContaining('could not be loaded from panel-1.js'))
  run('open')
  await vi.waitFor(() => expect(panel.show).toHaveBeenCalled())
  expect(load).toHaveBeenCalledTimes(3)
})

test('shutdown takes everything away, and init may come again', async () => {
  const { files, panel, shells } = gateway()
  const { target, run } = page()
  install(target, files, key)
  run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.paint(looks, true)
  run('shutdown')
  await vi.waitFor(() => expect(panel.destroy).toHaveBeenCalled())
  expect(host()).toBeNull()
  run('init', key)
  expect(bubble()).toBeTruthy()
  expect(said.warn).not.toHaveBeenCalled()
})

test('what cannot be done is said in one line and does nothing', () => {
  const { files } = gateway()
  const { target, run } = page()
  install(target, files)
  run('open')
  expect(said.warn).toHaveBeenLastCalledWith('chatdesk: open does nothing before init')
  run('identify', { name: 'Ada' })
  expect(said.warn).toHaveBeenLastCalledWith('chatdesk: identify does nothing before init')
  run('identity', { name: 'Ada' })
  expect(said.warn).toHaveBeenLastCalledWith(expect.stringContaining('there is no method identity'))
  run('constructor')
  expect(said.warn).toHaveBeenLastCalledWith(expect.stringContaining('there is no method constructor'))
  run('on', 'opened', () => {})
  expect(said.error).toHaveBeenLastCalledWith(expect.stringContaining('there is no event "opened"'))
  run('on', 'open', 'alert()')
  expect(said.error).toHaveBeenLastCalledWith('chatdesk: the listener for open must be a function')
  const failed = vi.fn()
  run('on', 'error', failed)
  run('init', { primaryColor: '#fff' })
  expect(said.error).toHaveBeenLastCalledWith(expect.stringContaining('widgetKey is needed'))
  run('init', { ...key, zIndex: 'high' })
  expect(said.error).toHaveBeenLastCalledWith('chatdesk: zIndex must be a whole number from 0 to 2147483647')
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'bad_field', field: 'zIndex' }))
  run('init', { ...key, position: 'bottom-left' })
  expect(said.warn).toHaveBeenLastCalledWith(expect.stringContaining('init was called before'))
})

test('listeners: once is once, off is off, and one that throws stops nobody', async () => {
  const { files, shells } = gateway()
  const { target, run } = page()
  install(target, files, key)
  const [always, single, gone, never] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()]
  run('on', 'status', () => {
    throw new Error('the page is broken')
  })
  run('on', 'status', always)
  run('once', 'status', single)
  run('on', 'status', gone)
  run('off', 'status', gone)
  run('once', 'status', never)
  run('off', 'status', never)
  run('open')
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  shells[0]?.emit('status', { online: true })
  shells[0]?.emit('status', { online: false })
  expect(always).toHaveBeenCalledTimes(2)
  expect(single).toHaveBeenCalledTimes(1)
  expect(gone).not.toHaveBeenCalled()
  expect(never).not.toHaveBeenCalled()
  expect(said.error).toHaveBeenCalledWith('chatdesk: a listener threw', expect.any(Error))
  expect(run('get', 'online')).toBe(false)
})

test('calls wait for the window in their order: some until it is wanted, others until the page is idle', async () => {
  const { files, panel, load } = gateway()
  // Looks that are kept: nothing but the calls asks for the panel.
  localStorage.setItem(
    'chatdesk:wk_1:looks',
    JSON.stringify({ at: Date.now(), by: JSON.stringify([null, null, null, null, null, null]), looks }),
  )
  const { target, run } = page(['init', key], ['prefill', 'a'], ['setTheme', 'dark'])
  install(target, files)
  expect(bubble()).toBeTruthy()
  // Behind whatever else waits for an idle moment.
  await new Promise<void>(whenIdle)
  expect(load).not.toHaveBeenCalled()
  panel.call.mockImplementation(method => (method === 'track' ? Promise.resolve('noted') : undefined))
  const tracked = run('track', 'paid')
  await expect(tracked).resolves.toBe('noted')
  expect(panel.call.mock.calls).toEqual([
    ['prefill', ['a']],
    ['setTheme', ['dark']],
    ['track', ['paid']],
  ])
  // From now on at once: a window that is to be opened by a click must be.
  run('popout')
  expect(panel.call).toHaveBeenLastCalledWith('popout', [])
})

test('what cannot be asked fails when the window cannot be loaded; what can wait is done when it is', async () => {
  const { files, panel, load } = gateway()
  load.mockRejectedValueOnce(new TypeError('offline'))
  load.mockRejectedValueOnce(new TypeError('offline'))
  const { target, run } = page(['init', key])
  install(target, files)
  run('greet', 'Hello')
  await expect(run('send', 'hi')).rejects.toMatchObject({ code: 'unavailable' })
  expect(panel.call).not.toHaveBeenCalled()
  run('open')
  await vi.waitFor(() => expect(panel.call.mock.calls).toEqual([['greet', ['Hello']]]))
})

test('the rules are loaded where there are some, and only told what they may know', async () => {
  const { files, panel, shells, load } = gateway()
  const rules = { check: vi.fn(), stop: vi.fn() }
  const stages: Stage[] = []
  const obey: RulesModule['start'] = stage => {
    stages.push(stage)
    return rules
  }
  const panelOf = load.getMockImplementation()
  load.mockImplementation(async address => (address === 'rules-1.js' ? { start: obey } : panelOf?.(address)))
  const { target, run } = page(['init', key], ['track', 'early'], ['open'])
  install(target, files)
  await vi.waitFor(() => expect(shells).toHaveLength(1))
  const rule = { id: 'r', message: 'Hello', open: false, exit_intent: false }
  shells[0]?.paint({ ...looks, rules: [rule] }, true)
  await vi.waitFor(() => expect(stages).toHaveLength(1))
  const [stage] = stages
  expect([...(stage?.tracked ?? [])]).toEqual(['early'])
  expect(stage?.busy()).toBe(true)
  run('close')
  expect(stage?.busy()).toBe(false)
  shells[0]?.conversation('c1')
  expect(stage?.busy()).toBe(true)
  shells[0]?.conversation(undefined)
  rules.check.mockClear()
  run('track', 'late')
  expect(stage?.tracked.has('late')).toBe(true)
  expect(rules.check).toHaveBeenCalled()
  stage?.shown(rule, false)
  expect(panel.call).toHaveBeenLastCalledWith('proactive', [rule, false])
  run('shutdown')
  expect(rules.stop).toHaveBeenCalled()
})
