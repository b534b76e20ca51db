// Intercom's calls, done by the widget. Include it beside /widget.js, in place of Intercom's own script.
import { type Anything, cannot, chatdesk, get, on, plain, profile, split } from './onto/chatdesk.ts'

/** What Intercom's snippet puts in place until a script is there. */
interface Snippet {
  q?: ArrayLike<unknown>[]
}

interface Page {
  Intercom?: unknown
  intercomSettings?: Anything
}

/** Settings that say who somebody is, by our names. */
const FIELDS = {
  user_id: 'externalId',
  email: 'email',
  name: 'name',
  phone: 'phone',
  intercom_user_jwt: 'token',
}
/** Settings that say how the messenger looks; what can be said once it is on the page is done in `settle`. */
const LOOKS =
  /^(?:api_base|app_id|alignment|horizontal_padding|vertical_padding|hide_default_launcher|language_override|theme_mode|action_color|background_color|custom_launcher_selector|session_duration)$/

let hidden = false

/** Obeys what `boot` and `update` are given. */
function settle(settings: Anything): void {
  const about: Anything = {}
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'user_hash') cannot('Intercom user_hash: sign an identity token instead; it')
    else if (name === 'company') about.company = (value as Anything | undefined)?.name
    else if (!LOOKS.test(name)) about[name] = value
    else if (/alignment|padding|_color|launcher_selector|session_duration/.test(name)) {
      cannot(`Intercom ${name}: set it in the console; in the page it`)
    }
  }
  if (typeof settings.language_override === 'string') chatdesk('setLocale', settings.language_override)
  if (typeof settings.theme_mode === 'string') {
    chatdesk('setTheme', settings.theme_mode === 'system' ? 'auto' : settings.theme_mode)
  }
  if (typeof settings.hide_default_launcher === 'boolean') {
    hidden = settings.hide_default_launcher
    chatdesk(hidden ? 'hide' : 'show')
  }
  const { known, rest } = split(plain('Intercom settings', about), FIELDS)
  const said = profile(known, rest)
  if (said) chatdesk(known.externalId || known.token ? 'identify' : 'update', said)
}

const METHODS: Record<string, (...args: unknown[]) => unknown> = {
  boot(settings = {}) {
    chatdesk('show')
    settle({ ...page.intercomSettings, ...(settings as Anything) })
  },
  shutdown() {
    chatdesk('reset')
    chatdesk('hide')
  },
  update(settings) {
    if (settings) settle(settings as Anything)
    else chatdesk('page')
  },
  show: () => chatdesk('open'),
  hide: () => chatdesk('close'),
  showMessages: () => chatdesk('open'),
  showSpace: () => chatdesk('open'),
  showNewMessage(text) {
    chatdesk('open')
    if (text) chatdesk('prefill', text)
  },
  trackEvent: (name, details) => chatdesk('track', name, plain('Intercom trackEvent', details)),
  getVisitorId: () => get('visitor'),
  onShow: then => on('open', () => (then as () => void)()),
  onHide: then => on('close', () => (then as () => void)()),
  onUnreadCountChange: then => on('unread', ({ count }) => (then as (count: number) => void)(count)),
  onUserEmailSupplied: then =>
    on('prechat', ({ answers }) => answers.email !== undefined && (then as () => void)()),
  // The snippet's own.
  reattach_activator() {},
}

const page = window as Page
const before = page.Intercom as Snippet | undefined

function intercom(method: unknown, ...args: unknown[]): unknown {
  const name = String(method)
  const run = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (run) return run(...args)
  cannot(`Intercom('${name}')`)
}

page.Intercom = intercom
on('close', () => hidden && chatdesk('hide'))
if (page.intercomSettings) intercom('boot')
for (const call of before?.q ?? []) intercom(...(Array.from(call) as [unknown]))
