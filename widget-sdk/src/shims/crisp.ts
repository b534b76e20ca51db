// Crisp's calls, done by the widget. Include it beside /widget.js, in place of Crisp's own script.
import type { Attributes, Message } from '../api.ts'
import { cannot, chatdesk, get, on, plain, tag } from './onto/chatdesk.ts'

type Call = [action: string, name: string, value?: unknown, more?: unknown]
type Listener = (detail?: unknown) => void

interface Page {
  $crisp?: unknown
  CRISP_READY_TRIGGER?: () => void
  CRISP_RUNTIME_CONFIG?: { locale?: string }
}

/** What the page has set, which Crisp tells again. */
const set = new Map<string, unknown>()
const data: Attributes = {}
/** By Crisp's name of an event: what ends listening. */
const heard = new Map<string, (() => void)[]>()

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/** Notes a field of who the visitor is. */
const field = (name: string, ours: string) => (value: unknown) => {
  const [text] = list(value)
  set.set(name, text)
  for (const listener of changed.get(`${name}:changed`) ?? []) listener(text)
  chatdesk('update', { [ours]: text })
}

/** Listeners for what the page itself sets. */
const changed = new Map<string, Listener[]>()

/** A message in Crisp's words. */
const message = ({ text, from, at, id, name, attachment }: Message) => ({
  type: attachment ? 'file' : 'text',
  content: text,
  from: from === 'agent' ? 'operator' : 'user',
  origin: 'chat',
  timestamp: at,
  fingerprint: id,
  user: { nickname: name ?? '' },
})

const DO: Record<string, (value: unknown) => unknown> = {
  'chat:open': () => chatdesk('open'),
  'chat:close': () => chatdesk('close'),
  'chat:toggle': () => chatdesk('toggle'),
  'chat:show': () => chatdesk('show'),
  'chat:hide': () => chatdesk('hide'),
  'message:send'(value) {
    const [type, text] = list(value)
    if (type === 'text') chatdesk('send', text)
    else cannot(`Crisp message:send of kind ${type}`)
  },
  'message:show'(value) {
    const [type, text] = list(value)
    if (type === 'text') chatdesk('greet', text)
    else cannot(`Crisp message:show of kind ${type}`)
  },
  'session:reset': () => chatdesk('reset'),
  'trigger:run': value => chatdesk('track', list(value)[0]),
}

const SET: Record<string, (value: unknown) => unknown> = {
  'user:email': field('user:email', 'email'),
  'user:phone': field('user:phone', 'phone'),
  'user:nickname': field('user:nickname', 'name'),
  'user:company'(value) {
    const [company] = list(value)
    set.set('user:company', company)
    chatdesk('setAttributes', { company })
  },
  'message:text': value => chatdesk('prefill', list(value)[0]),
  'session:segments'(value) {
    const [segments, replace] = list(value)
    tag(segments, [], replace === true)
  },
  'session:data'(value) {
    const [first, second] = list(value)
    const pairs = Array.isArray(first)
      ? (first as [string, unknown][])
      : [[first, second] as [string, unknown]]
    const known = plain('Crisp session:data', Object.fromEntries(pairs))
    Object.assign(data, known)
    chatdesk('setAttributes', known)
  },
  'session:event'(value) {
    const [first, details] = list(value)
    const events = Array.isArray(first) ? (first as unknown[][]) : [[first, details]]
    for (const [name, about] of events) chatdesk('track', name, plain('Crisp session:event', about))
  },
}

const GET: Record<string, (key: unknown) => unknown> = {
  'chat:unread:count': () => get('unread') ?? 0,
  'session:identifier': () => get('visitor') ?? null,
  'session:data': key => (key ? (data[String(key)] ?? null) : data),
  'user:email': () => set.get('user:email') ?? null,
  'user:phone': () => set.get('user:phone') ?? null,
  'user:nickname': () => set.get('user:nickname') ?? get('name') ?? null,
  'user:company': () => set.get('user:company') ?? null,
}

/** Below this width the window covers the page. */
const SMALL = 480

const IS: Record<string, () => boolean> = {
  'chat:opened': () => get('open') === true,
  'chat:closed': () => get('open') !== true,
  'chat:visible': () => get('visible') === true,
  'chat:hidden': () => get('visible') !== true,
  'chat:small': () => innerWidth < SMALL,
  'chat:large': () => innerWidth >= SMALL,
  'session:ongoing': () => get('conversation') !== undefined,
  'website:available': () => get('online') === true,
}

const ON: Record<string, (then: Listener) => () => void> = {
  'session:loaded': then => on('connection', ({ state }) => state === 'online' && then(get('visitor'))),
  'chat:opened': then => on('open', () => then()),
  'chat:closed': then => on('close', () => then()),
  'chat:initiated': then => on('open', () => then()),
  'message:sent': then => on('message:sent', sent => then(message(sent))),
  'message:received': then => on('message:received', received => then(message(received))),
  'message:compose:received': then => on('typing', ({ on: typing }) => then(typing)),
  'website:availability:changed': then => on('status', ({ online }) => then(online)),
}

function listen(name: string, then: Listener): void {
  const begin = Object.hasOwn(ON, name) ? ON[name] : undefined
  if (begin) heard.set(name, [...(heard.get(name) ?? []), begin(then)])
  else if (/^user:(?:email|phone|nickname):changed$/.test(name)) {
    changed.set(name, [...(changed.get(name) ?? []), then])
  } else cannot(`Crisp event ${name}`)
}

function run(
  rules: Record<string, (value: unknown) => unknown>,
  action: string,
  name: string,
  value: unknown,
) {
  if (Object.hasOwn(rules, name)) return rules[name]?.(value)
  cannot(`Crisp ${action} ${name}`)
}

const crisp = {
  push(...calls: Call[]): void {
    for (const [action, name, value] of calls) {
      if (action === 'do') crisp.do(name, value)
      else if (action === 'set') crisp.set(name, value)
      else if (action === 'get') crisp.get(name, value)
      else if (action === 'is') crisp.is(name)
      else if (action === 'on') crisp.on(name, value as Listener)
      else if (action === 'off') crisp.off(name)
      else cannot(`Crisp ${action} ${name}`)
    }
  },
  do: (name: string, value?: unknown) => run(DO, 'do', name, value),
  set: (name: string, value: unknown) => run(SET, 'set', name, value),
  get: (name: string, key?: unknown) => run(GET, 'get', name, key),
  is: (name: string) => run(IS, 'is', name, undefined) === true,
  on: listen,
  off(name: string): void {
    for (const end of heard.get(name) ?? []) end()
    heard.delete(name)
    changed.delete(name)
  },
  config: (name: string) => cannot(`Crisp config ${name}`),
}

const page = window as Page
const before = page.$crisp
page.$crisp = crisp
const { locale } = page.CRISP_RUNTIME_CONFIG ?? {}
if (locale) chatdesk('setLocale', locale)
if (Array.isArray(before)) crisp.push(...(before as Call[]))
on('ready', () => page.CRISP_READY_TRIGGER?.())
