// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest'
import { FakeBrowser } from './fake-page.ts'

let browser: FakeBrowser

beforeEach(() => {
  browser = new FakeBrowser()
})

const settle = () => browser.world.settle()
const agent = (conversation: string, content: object, text = '') =>
  browser.world.gateway.say(conversation, text, undefined, content as never)

/** A page on which a visitor has said something. */
async function talking(text = 'Hello') {
  const page = browser.page()
  await settle()
  page.chat.send(text)
  await settle()
  return page
}

test('an open conversation that is left for a new one is followed on, counted, and can be returned to', async () => {
  const { chat, told, shell } = await talking()
  const first = browser.conversations[0] ?? ''
  chat.leave()
  expect(chat.view.log).toBeUndefined()
  expect(shell.conversation).toHaveBeenLastCalledWith(first)
  // Not even a new connection brings it back unasked.
  browser.world.gateway.socket.end()
  await browser.world.pass(1_000)
  expect(chat.view.log).toBeUndefined()
  browser.world.gateway.say(first, 'Are you there?')
  await settle()
  expect(chat.view.elsewhere).toBe(1)
  expect(told('unread')).toEqual([{ count: 1 }])
  expect(told('message:received')).toMatchObject([{ conversation: first, text: 'Are you there?' }])
  chat.send('Something else')
  await settle()
  expect(browser.conversations).toHaveLength(2)
  expect(chat.view.log?.conversation).toBe(browser.conversations[1])
  chat.revisit(first, false)
  chat.show(true)
  await browser.world.pass(1_000)
  expect(chat.view).toMatchObject({ elsewhere: 0, log: { conversation: first, unread: 0 } })
  expect(told('unread').at(-1)).toEqual({ count: 0 })
})

test('a conversation that is over is read, and written in once the visitor wants that', async () => {
  const { chat, shell } = await talking()
  const [first = ''] = browser.conversations
  agent(first, { kind: 'status', status: 'resolved' })
  await settle()
  chat.leave()
  chat.revisit(first, true)
  await settle()
  expect(shell.conversation).toHaveBeenLastCalledWith(undefined)
  expect(chat.view).toMatchObject({ log: { conversation: first }, resumed: false })
  expect(chat.talking).toBe(false)
  chat.resume()
  chat.send('One more thing')
  await settle()
  expect(browser.conversations).toHaveLength(1)
  expect(browser.world.gateway.texts(first)).toContain('One more thing')
  expect(chat.talking).toBe(true)
  expect(shell.conversation).toHaveBeenLastCalledWith(first)
  // It is over again: what is written then is for a new one.
  agent(first, { kind: 'status', status: 'resolved' })
  await settle()
  expect(chat.view.resumed).toBe(false)
  chat.send('Something else')
  await settle()
  expect(browser.conversations).toHaveLength(2)
})

test('the end, ratings, and agents that come and go are told once each', async () => {
  const { chat, told } = await talking()
  const [conversation = ''] = browser.conversations
  const assign = (member?: string, name?: string) =>
    agent(conversation, { kind: 'assignment', assignment: { ...(member && { member, name }) } })
  assign('a1', 'Ada')
  assign('a2', 'Bo')
  assign()
  await settle()
  expect(told('agent:join')).toEqual([
    { conversation, id: 'a1', name: 'Ada' },
    { conversation, id: 'a2', name: 'Bo' },
  ])
  expect(told('agent:leave')).toEqual([
    { conversation, id: 'a1', name: 'Ada' },
    { conversation, id: 'a2', name: 'Bo' },
  ])
  expect(chat.end()).toBe(true)
  chat.rate(4, 'Kind')
  await settle()
  expect(chat.end()).toBe(false)
  expect(told('conversation:end')).toEqual([{ conversation }])
  expect(told('rating')).toEqual([{ conversation, score: 4, comment: 'Kind' }])
  chat.destroy()
  // What was there before is no news on the next page.
  const next = browser.page()
  await settle()
  next.chat.revisit(conversation, true)
  await settle()
  for (const name of ['conversation:end', 'rating', 'agent:join']) expect(next.told(name)).toEqual([])
})

test('an erased conversation goes, also one that is not shown', async () => {
  const { chat, shell, told } = await talking()
  const [first = ''] = browser.conversations
  chat.leave()
  browser.world.gateway.say(first, 'Unread')
  await settle()
  browser.world.gateway.erase(first)
  await settle()
  expect(chat.view.elsewhere).toBe(0)
  expect(told('unread').at(-1)).toEqual({ count: 0 })
  expect(shell.conversation).toHaveBeenLastCalledWith(undefined)
})

test('what lies under something is not read; once nothing does, it is', async () => {
  vi.useFakeTimers()
  const { chat } = await talking()
  let clear = false
  chat.seen.inSight = () => clear
  chat.show(true)
  browser.world.gateway.say(browser.conversations[0] ?? '', 'Hi')
  await settle()
  vi.advanceTimersByTime(5_000)
  await settle()
  expect(chat.view.log?.unread).toBe(1)
  clear = true
  vi.advanceTimersByTime(1_000)
  await settle()
  expect(chat.view.log?.unread).toBe(0)
  vi.useRealTimers()
})

test('while nobody is there an address is asked for, and told apart from the answers', async () => {
  const form = {
    enabled: true,
    fields: [{ key: 'name', label: 'Name', kind: 'text' as const, required: true }],
  }
  browser.change = { form, availability: { online: false, agents: [] } }
  const { chat, told } = browser.page()
  await settle()
  expect(chat.asksFirst).toBe(true)
  expect(chat.form.fields.map(({ key }) => key)).toEqual(['name', 'email'])
  const answers = [
    { key: 'name', value: 'Ada' },
    { key: 'email', value: 'ada@mail.example' },
  ]
  chat.begin(answers, undefined, 'Anybody?')
  await settle()
  const { gateway } = browser.world
  expect(gateway.socket.saidOf('identify')).toMatchObject([{ email: 'ada@mail.example' }])
  expect(gateway.socket.saidOf('start')).toMatchObject([{ answers: [{ key: 'name', value: 'Ada' }] }])
  expect(gateway.texts(browser.conversations[0] ?? '')).toEqual(['Anybody?'])
  expect(chat.view.left).toEqual({ email: 'ada@mail.example' })
  expect(told('offline')).toEqual([{ answers: { name: 'Ada' } }])
  // It is said on the tab's next page too, and of no other conversation.
  chat.destroy()
  const { chat: next } = browser.page()
  await settle()
  expect(next.view.left).toEqual({ email: 'ada@mail.example' })
  next.leave()
  expect(next.view.left).toBeUndefined()
})

test('hours close, whoever is online, and open with a minute', async () => {
  vi.useFakeTimers({
    now: Date.parse('2026-11-23T08:58:30Z'),
    toFake: ['Date', 'setTimeout', 'clearTimeout'],
  })
  const hours = { time_zone: 'UTC', days: [{ day: 1, from: '09:00', to: '17:00' }] }
  browser.change = { settings: { ...browser.world.gateway.visitor.settings, hours, ask_email_away: false } }
  const { chat, told } = browser.page()
  await settle()
  await vi.waitFor(() => expect(chat.view.ready).toBe(true))
  expect(chat.view.online).toBe(false)
  expect(chat.view.back).toBeDefined()
  vi.advanceTimersByTime(30_000)
  expect(chat.view.online).toBe(false)
  vi.advanceTimersByTime(60_000)
  expect(chat.view).toMatchObject({ online: true, back: undefined })
  expect(told('status')).toEqual([{ online: false }, { online: true }])
  chat.destroy()
  vi.useRealTimers()
})
