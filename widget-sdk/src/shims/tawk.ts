// tawk.to's calls, done by the widget. Include it beside /widget.js, in place of tawk.to's own script.
import type { AgentInfo, Answers } from '../api.ts'
import {
  type Anything,
  cannot,
  chatdesk,
  get,
  on,
  plain,
  profile,
  report,
  split,
  tag,
} from './onto/chatdesk.ts'

interface Page {
  Tawk_API?: Anything
  Tawk_LoadStart?: Date
}

/** What tawk.to calls the fields of who somebody is. */
const FIELDS = { name: 'name', email: 'email', phone: 'phone', userId: 'externalId', token: 'token' }

const page = window as Page
const api: Anything = page.Tawk_API ?? {}
page.Tawk_API = api

/** The page's callback of that name, as it is now: pages set them before and after this script. */
function tell(callback: string, ...args: unknown[]): void {
  const then = api[callback]
  if (typeof then === 'function') then(...args)
}

/** Says who the visitor is, and what else is said of them. */
function say(call: string, given: unknown, done?: unknown): void {
  const { hash, ...about } = (given ?? {}) as Anything
  if (hash) cannot(`${call} hash: sign an identity token instead; it`)
  const { known, rest } = split(plain(call, about), FIELDS)
  const said = profile(known, rest)
  report(said && chatdesk(known.externalId || known.token ? 'identify' : 'update', said), done)
}

const status = () => (get('online') ? 'online' : 'away')
const open = () => get('open') === true
const visible = () => get('visible') === true

Object.assign(api, {
  start: () => chatdesk('show'),
  shutdown: () => chatdesk('hide'),
  maximize: () => chatdesk('open'),
  minimize: () => chatdesk('close'),
  toggle: () => chatdesk('toggle'),
  popup: () => chatdesk('popout'),
  showWidget: () => chatdesk('show'),
  hideWidget: () => chatdesk('hide'),
  toggleVisibility: () => chatdesk(visible() ? 'hide' : 'show'),
  endChat: () => chatdesk('endChat'),
  getStatus: status,
  getWindowType: () => 'inline',
  isChatMaximized: open,
  isChatMinimized: () => !open(),
  isChatHidden: () => !visible(),
  isChatOngoing: () => get('conversation') !== undefined,
  isVisitorEngaged: () => get('conversation') !== undefined,
  setAttributes: (given: unknown, done: unknown) => say('Tawk_API.setAttributes', given, done),
  addEvent(name: unknown, details: unknown, done: unknown) {
    const [about, then] = typeof details === 'function' ? [undefined, details] : [details, done]
    report(chatdesk('track', name, plain('Tawk_API.addEvent', about)), then)
  },
  addTags: (tags: unknown, done: unknown) => report(tag(tags), done),
  removeTags: (tags: unknown, done: unknown) => report(tag([], tags), done),
  login: (who: unknown, done: unknown) => say('Tawk_API.login', who, done),
  logout: (done: unknown) => report(chatdesk('reset'), done),
  switchWidget: () => cannot('Tawk_API.switchWidget'),
})

/** The answers of a form, as tawk.to lists them. */
const listed = ({ answers }: Answers) => Object.entries(answers).map(([label, answer]) => ({ label, answer }))
const agent = ({ id, name = '' }: AgentInfo) => ({ id, name, position: '', image: '' })

on('ready', () => {
  tell('onBeforeLoad')
  api.onLoaded = true
  api.onBeforeLoaded = true
  if (api.customStyle) cannot('Tawk_API.customStyle: give zIndex to init; it')
  say('Tawk_API.visitor', api.visitor)
  tell('onLoad')
})
on('status', () => tell('onStatusChange', status()))
on('open', () => tell('onChatMaximized'))
on('close', () => {
  tell('onChatMinimized')
  if (!visible()) tell('onChatHidden')
})
on('conversation:start', () => tell('onChatStarted'))
on('conversation:end', () => tell('onChatEnded'))
on('prechat', form => tell('onPrechatSubmit', listed(form)))
on('offline', form => tell('onOfflineSubmit', listed(form)))
on('message:sent', ({ text, attachment }) => {
  tell('onChatMessageVisitor', text)
  if (attachment) tell('onFileUpload', text)
})
on('message:received', ({ text }) => tell('onChatMessageAgent', text))
on('agent:join', who => tell('onAgentJoinChat', agent(who)))
on('agent:leave', who => tell('onAgentLeaveChat', agent(who)))
// Theirs is -1, 0 or 1.
on('rating', ({ score }) => tell('onChatSatisfaction', Math.sign(score - 3)))
on('unread', ({ count }) => tell('onUnreadCountChanged', count))
