// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest'
import { wireError } from '../client/fake-server.ts'
import type { FakeWorld } from '../client/fake-world.ts'
import { CloseCode } from '../client/index.ts'
import { FakeBrowser } from './fake-page.ts'
import { resolved } from './view.ts'

const FORM = {
  enabled: true,
  fields: [{ key: 'email', label: 'E-mail', kind: 'email' as const, required: true }],
}
const ANSWERS = [{ key: 'email', value: 'ada@mail.example' }]

let browser: FakeBrowser
let world: FakeWorld

beforeEach(() => {
  browser = new FakeBrowser()
  world = browser.world
})

const page: FakeBrowser['page'] = options => browser.page(options)

const log = () => [...world.gateway.logs.values()][0]
const conversation = () => log()?.id ?? ''
const said = () => world.gateway.texts(conversation())

test('without a form the first message starts the conversation, and comes first in it', async () => {
  const { chat, events, shell } = page()
  await world.settle()
  chat.send('Hello')
  chat.send('Anybody?')
  expect(chat.view.waiting).toEqual(['Hello', 'Anybody?'])
  await world.settle()
  expect(said()).toEqual(['Hello', 'Anybody?'])
  expect(chat.view).toMatchObject({ waiting: [], starting: false })
  expect(shell.conversation).toHaveBeenLastCalledWith(conversation())
  const names = events.map(([name]) => name).filter(name => /start|sent/.test(name))
  expect(names).toEqual(['conversation:start', 'message:sent', 'message:sent'])
})

test('with a form, what was written waits until it is filled in', async () => {
  browser.change = {
    form: FORM,
    departments: [
      { id: 'd1', name: 'Sales' },
      { id: 'd2', name: 'Support' },
    ],
  }
  const { chat, shell, told } = page()
  await world.settle()
  chat.send('Hello')
  await world.settle()
  expect(shell.open).toHaveBeenCalled()
  expect(chat.asksFirst).toBe(true)
  expect(world.gateway.logs.size).toBe(0)
  chat.begin(ANSWERS, 'd2')
  await world.settle()
  expect(world.gateway.socket.saidOf('start')[0]).toMatchObject({ answers: ANSWERS, department: 'd2' })
  expect(said()).toEqual(['Hello'])
  expect(told('prechat')).toEqual([{ answers: { email: 'ada@mail.example' }, department: 'd2' }])
})

test('a reload while a conversation is being started loses nothing and starts one', async () => {
  browser.change = { form: FORM }
  const { gateway } = world
  const first = page()
  await world.settle()
  first.chat.send('Hello')
  gateway.instead = (_, { name }) => name === 'start'
  first.chat.begin(ANSWERS, undefined)
  first.chat.send('One more thing')
  await world.settle()
  const before = gateway.socket.saidOf('start')[0]
  gateway.instead = () => false
  gateway.socket.end()

  const second = page()
  expect(second.chat.view).toMatchObject({ waiting: ['Hello', 'One more thing'], answers: ANSWERS })
  await world.settle()
  expect(gateway.socket.saidOf('start')).toEqual([before])
  expect(gateway.logs.size).toBe(1)
  expect(said()).toEqual(['Hello', 'One more thing'])
  const third = page()
  await world.settle()
  expect(third.chat.view.starting).toBe(false)
  expect(gateway.logs.size).toBe(1)
})

test('a start that is refused says why, keeps what was written, and may be tried again', async () => {
  browser.change = { form: FORM }
  const { gateway } = world
  const { chat, told } = page()
  await world.settle()
  chat.send('Hello')
  gateway.instead = (socket, { name, ref }) => {
    if (name !== 'start') return false
    gateway.tell(socket, 'error', { ...wireError('bad_field'), field: 'answers.email' }, ref)
    return true
  }
  chat.begin(ANSWERS, undefined)
  await world.settle()
  expect(chat.view).toMatchObject({
    starting: false,
    waiting: ['Hello'],
    refused: { code: 'bad_field', field: 'answers.email' },
  })
  expect(told('error')).toEqual([{ code: 'bad_field', message: 'bad_field', field: 'answers.email' }])
  gateway.instead = () => false
  chat.begin(ANSWERS, undefined)
  await world.settle()
  expect(chat.view.refused).toBeUndefined()
  expect(said()).toEqual(['Hello'])
})

test('the page is told of what arrives, not of what was there before', async () => {
  const first = page()
  await world.settle()
  first.chat.send('Hello')
  await world.settle()
  world.gateway.say(conversation(), 'Hi')
  await world.settle()
  expect(first.told('message:received')).toMatchObject([{ from: 'agent', name: 'Grace', text: 'Hi' }])
  first.chat.destroy()

  const second = page()
  await world.settle()
  expect(second.told('message:received')).toEqual([])
  world.gateway.socket.end()
  world.gateway.say(conversation(), 'Still there?')
  await world.pass(1_000)
  expect(second.told('message:received')).toMatchObject([{ text: 'Still there?' }])
})

test('a message counts as unread until the window is open on a page that is seen', async () => {
  const { chat, told } = page()
  await world.settle()
  chat.send('Hello')
  await world.settle()
  world.gateway.say(conversation(), 'Hi')
  await world.settle()
  expect(told('unread')).toEqual([{ count: 1 }])
  const seen = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  chat.show(true)
  await world.pass(1_000)
  expect(world.gateway.socket.saidOf('read')).toEqual([])
  seen.mockReturnValue('visible')
  document.dispatchEvent(new Event('visibilitychange'))
  await world.pass(1_000)
  expect(world.gateway.socket.saidOf('read').at(-1)).toMatchObject({ seq: 2 })
  expect(told('unread').at(-1)).toEqual({ count: 0 })
})

test('what is below the fold is not read', async () => {
  const { chat } = page()
  await world.settle()
  chat.send('Hello')
  await world.settle()
  chat.show(true)
  await world.pass(1_000)
  chat.seen.end(false)
  world.gateway.say(conversation(), 'Hi')
  await world.pass(1_000)
  expect(chat.view.log?.unread).toBe(1)
  chat.seen.end(true)
  await world.pass(1_000)
  expect(chat.view.log?.unread).toBe(0)
})

test('a resolved conversation is over, and a new one can follow', async () => {
  const { chat, shell } = page()
  await world.settle()
  chat.send('Hello')
  await world.settle()
  world.gateway.say(conversation(), '', undefined, { kind: 'status', status: 'resolved' })
  await world.settle()
  expect(chat.view.log && resolved(chat.view.log)).toBe(true)
  chat.leave()
  expect(chat.view.log).toBeUndefined()
  expect(shell.conversation).toHaveBeenLastCalledWith(undefined)
  chat.send('Me again')
  await world.settle()
  expect(world.gateway.logs.size).toBe(2)
  world.gateway.say([...world.gateway.logs.keys()][1] ?? '', '', undefined, {
    kind: 'status',
    status: 'resolved',
  })
  await world.settle()
  chat.send('And again')
  await world.settle()
  expect(world.gateway.logs.size).toBe(3)
})

test('what the gateway takes only later is said to be slow, and no longer once it is taken', async () => {
  const { gateway } = world
  const { chat, told } = page()
  await world.settle()
  let busy = true
  gateway.instead = (socket, { name, ref }) => {
    if (name !== 'start' || !busy) return false
    gateway.tell(socket, 'error', wireError('rate_limited', true, 500), ref)
    return true
  }
  chat.send('Hello')
  await world.settle()
  expect(chat.view).toMatchObject({ slow: true, starting: true, waiting: ['Hello'] })
  expect(told('error')).toEqual([{ code: 'rate_limited', message: 'rate_limited' }])
  busy = false
  await world.pass(1_000)
  expect(chat.view.slow).toBe(false)
  expect(said()).toEqual(['Hello'])
})

test('a session that is over takes its conversation with it', async () => {
  const { chat } = page()
  await world.settle()
  chat.send('Hello')
  await world.settle()
  expect(chat.view.log).toBeDefined()
  world.gateway.tokens.clear()
  world.gateway.socket.end()
  await world.pass(1_000)
  expect(chat.view).toMatchObject({ connection: 'online', log: undefined })
})

test('a conversation that was erased is left, and the next message begins another', async () => {
  const { chat, shell } = page()
  chat.send('Hello')
  await world.settle()
  world.gateway.erase(conversation())
  await world.settle()
  expect(shell.conversation).toHaveBeenLastCalledWith(undefined)
  chat.send('Is anybody there?')
  await world.settle()
  expect(said()).toEqual(['Is anybody there?'])
})

test("another tab's identity is this tab's too: its conversation is shown, the former one's is not", async () => {
  const { chat, shell } = page()
  await world.settle()
  chat.send('Hello')
  await world.settle()
  const theirs = world.gateway.open('verified-ada').id
  for (const token of world.gateway.tokens.keys()) world.gateway.tokens.set(token, 'verified-ada')
  world.gateway.socket.end(CloseCode.Identified)
  await world.pass(0)
  expect(chat.view.log?.conversation).toBe(theirs)
  expect(shell.conversation).toHaveBeenLastCalledWith(theirs)
  expect(chat.view.log?.items).toEqual([])
})

test('a file of an agent is a message, what else they do is none', async () => {
  const { chat, told } = page()
  await world.settle()
  chat.send('Hello')
  await world.settle()
  const attachment = { id: 'f', name: 'plan.pdf', size: 9, type: 'application/pdf', url: '/files/f' }
  world.gateway.say(conversation(), '', undefined, { kind: 'attachment', attachment })
  world.gateway.say(conversation(), '', undefined, {
    kind: 'assignment',
    assignment: { member: 'a', name: 'Ada' },
  })
  await world.settle()
  const { name, size, type } = attachment
  expect(told('message:received')).toMatchObject([{ text: 'plan.pdf', attachment: { name, size, type } }])
  expect(chat.view.log).toMatchObject({ unread: 1 })
  expect(chat.gateway).toBe('http://gateway.test')
})

test('a conversation that another tab started is taken up', async () => {
  browser.change = { form: FORM }
  const one = page()
  await world.settle()
  const two = page()
  await world.settle()
  one.chat.begin(ANSWERS, undefined)
  one.chat.send('Hello')
  await world.settle()
  expect(two.chat.asksFirst).toBe(true)
  window.dispatchEvent(new StorageEvent('storage', { key: 'chatdesk:wk_test:resume', newValue: '1' }))
  await world.settle()
  expect(two.chat.asksFirst).toBe(false)
  expect(two.chat.view.log?.items).toMatchObject([{ mine: true, entry: { content: { text: 'Hello' } } }])
  expect(world.gateway.logs.size).toBe(1)
})

test('a tab that stands at what is over takes up what another tab began after it', async () => {
  const one = page()
  await world.settle()
  one.chat.send('Hello')
  await world.settle()
  const two = page()
  await world.settle()
  world.gateway.say(conversation(), '', undefined, { kind: 'status', status: 'resolved' })
  await world.settle()
  one.chat.send('Me again')
  await world.settle()
  const after = [...world.gateway.logs.keys()][1]
  window.dispatchEvent(new StorageEvent('storage', { key: 'chatdesk:wk_test:resume', newValue: '1' }))
  await world.settle()
  expect(two.chat.view.log?.conversation).toBe(after)
  expect(two.chat.view.log?.items).toMatchObject([{ entry: { content: { text: 'Me again' } } }])
})

test('the bubble is drawn as the gateway says, in default looks only when it does not say', async () => {
  vi.useFakeTimers()
  const answered = page()
  await world.settle()
  vi.advanceTimersByTime(60_000)
  expect(answered.shell.paint.mock.calls.map(([, last]) => last)).toEqual([true])
  world.gateway.instead = () => true
  const unanswered = page()
  await world.settle()
  expect(unanswered.shell.paint).not.toHaveBeenCalled()
  vi.advanceTimersByTime(3_000)
  expect(unanswered.shell.paint.mock.calls.map(([, last]) => last)).toEqual([false])
  const wanted = page()
  wanted.chat.show(true)
  expect(wanted.shell.paint.mock.calls.map(([, last]) => last)).toEqual([false])
  vi.spyOn(console, 'error').mockImplementation(() => {})
  world.gateway.instead = socket => {
    socket.end(CloseCode.NoWidget, 'no widget')
    return true
  }
  const refused = page()
  await world.settle()
  vi.advanceTimersByTime(60_000)
  expect(refused.shell.paint).not.toHaveBeenCalled()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test('a refused page is told why, in its console and as an event', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  world.gateway.instead = socket => {
    socket.end(CloseCode.OriginRefused, 'origin refused')
    return true
  }
  const { chat, shell, told } = page()
  await world.settle()
  expect(chat.view.connection).toBe('refused')
  expect(shell.refused).toHaveBeenCalled()
  await vi.waitFor(() => expect(told('error')).toMatchObject([{ code: 'origin_refused' }]))
  expect(error).toHaveBeenCalledWith(expect.stringContaining("is not among this widget's allowed domains"))
  error.mockRestore()
})

test("the page's department is taken when there is such a one, else the visitor is asked", async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  const departments = [
    { id: 'd1', name: 'Sales' },
    { id: 'd2', name: 'Support' },
  ]
  browser.change = { form: { enabled: true, fields: [] }, departments }
  const good = page({ departmentId: 'd2' })
  await world.settle()
  expect(good.chat.asksFirst).toBe(false)
  expect(good.chat.department).toBe('d2')
  expect(error).not.toHaveBeenCalled()
  const bad = page({ departmentId: 'd3' })
  await world.settle()
  expect(bad.chat.asksFirst).toBe(true)
  expect(error).toHaveBeenCalledWith(expect.stringContaining('d3 is not'))
  error.mockRestore()
})
