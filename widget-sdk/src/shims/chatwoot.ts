// Chatwoot's calls, done by the widget. Include it beside /widget.js, in place of Chatwoot's own script.
import type { Message } from '../api.ts'
import { type Anything, cannot, chatdesk, get, on, plain, split, tag } from './onto/chatdesk.ts'

interface Page {
  $chatwoot?: unknown
  chatwootSDK?: unknown
  chatwootSettings?: Anything
}

/** What Chatwoot calls the fields of who somebody is. */
const FIELDS = { name: 'name', email: 'email', phone_number: 'phone', token: 'token' }

const page = window as Page
const settings = page.chatwootSettings ?? {}

/** Tells the page as Chatwoot does: by an event of the window. */
function tell(name: string, detail?: unknown): void {
  window.dispatchEvent(new CustomEvent(`chatwoot:${name}`, { detail }))
}

const message = ({ id, text, from, at, conversation, name }: Message) => ({
  id,
  content: text,
  content_type: 'text',
  // Chatwoot counts from the account's side.
  message_type: from === 'visitor' ? 0 : 1,
  created_at: Math.floor(at / 1000),
  conversation_id: conversation,
  ...(name && { sender: { name } }),
})

page.$chatwoot = {
  get isOpen() {
    return get('open') === true
  },
  hasLoaded: false,
  baseUrl: '',
  hideMessageBubble: settings.hideMessageBubble === true,
  position: settings.position ?? 'right',
  toggle(state?: unknown) {
    chatdesk(state === 'open' || state === 'close' ? state : 'toggle')
  },
  toggleBubbleVisibility: (state: unknown) => chatdesk(state === 'hide' ? 'hide' : 'show'),
  popoutChatWindow: () => chatdesk('popout'),
  setUser(identifier: unknown, about: Anything = {}) {
    const { identifier_hash, avatar_url, custom_attributes, social_profiles, ...rest } = about
    if (identifier_hash)
      cannot('$chatwoot.setUser identifier_hash: sign an identity token and give it as token; it')
    if (avatar_url) cannot('$chatwoot.setUser avatar_url')
    if (social_profiles) cannot('$chatwoot.setUser social_profiles')
    const given = { ...plain('$chatwoot.setUser', rest), ...plain('$chatwoot.setUser', custom_attributes) }
    const { known, rest: attributes } = split(given, FIELDS)
    chatdesk('identify', { externalId: String(identifier), ...known, attributes })
  },
  setCustomAttributes: (given: unknown) =>
    chatdesk('setAttributes', plain('$chatwoot.setCustomAttributes', given)),
  deleteCustomAttribute: (name: string) => chatdesk('setAttributes', { [name]: null }),
  // Conversations have no attributes of their own here: they are the visitor's.
  setConversationCustomAttributes: (given: unknown) =>
    chatdesk('setAttributes', plain('$chatwoot.setConversationCustomAttributes', given)),
  deleteConversationCustomAttribute: (name: string) => chatdesk('setAttributes', { [name]: null }),
  setLabel: (label: unknown) => tag(label),
  removeLabel: (label: unknown) => tag([], label),
  setLocale: (locale: unknown) => chatdesk('setLocale', locale),
  setColorScheme: (scheme: unknown) => chatdesk('setTheme', scheme),
  reset: () => chatdesk('reset'),
}
// What Chatwoot's snippet calls once its script has come: the widget's own script has done that.
page.chatwootSDK = { run() {} }

if (settings.hideMessageBubble === true) {
  chatdesk('hide')
  on('close', () => chatdesk('hide'))
}
if (settings.darkMode) chatdesk('setTheme', settings.darkMode)
if (settings.locale && settings.useBrowserLanguage !== true) chatdesk('setLocale', settings.locale)
for (const name of ['launcherTitle', 'baseDomain', 'welcomeTitle', 'welcomeDescription']) {
  if (settings[name]) cannot(`chatwootSettings.${name}`)
}
if (settings.position === 'left') cannot('chatwootSettings.position: give position to init; it')
if (settings.type === 'expanded_bubble') cannot('chatwootSettings.type expanded_bubble')

on('ready', () => {
  Object.assign(page.$chatwoot as Anything, { hasLoaded: true })
  tell('ready')
})
on('open', () => tell('opened'))
on('close', () => tell('closed'))
on('message', said => tell('on-message', message(said)))
on('conversation:start', () => tell('on-start-conversation', { hasConversation: true }))
on('error', ({ message: why }) => tell('error', { error: why }))
