import { type Answer, Client, type ClientOptions, type Form, type VisitorWelcome } from '../client/index.ts'
import { Store } from '../client/storage.ts'
import { t } from '../words/words.ts'
import { Answering } from './answering.ts'
import { apart, asks, check, settled, withEmail } from './asking.ts'
import { connection, originOf, page } from './connection.ts'
import { Following, LAST } from './following.ts'
import { leftIn } from './left.ts'
import { looks, SETTINGS } from './looks.ts'
import { keep, unfinished } from './opening.ts'
import { Seen } from './seen.ts'
import type { Shell } from './shell.ts'
import { heed } from './speech.ts'
import { introduce, type StartingLink, start } from './starting.ts'
import { storage } from './storage.ts'
import { tellSent } from './told.ts'
import { type ChatView, NOTHING, UNKNOWN, waitingId } from './view.ts'

/** After how long without an answer of the gateway the bubble is drawn in default looks, in milliseconds. */
const LOOKS_WAIT_MS = 3_000

/** The visitor's side of the talk: one client, the conversation that is shown, and what the page is told of it. */
export class Chat {
  readonly client: Client
  /** What lasts as long as the tab: what the visitor is writing, a start that is under way, how large the window is. */
  readonly tab: Store
  /** What of it the visitor has seen. */
  readonly seen: Seen
  readonly #shell: Shell
  readonly #changed: () => void
  readonly #following: Following
  /** What lasts, and is the same in all pages. */
  readonly #kept: Store
  readonly #answering: Answering
  readonly #starting: StartingLink
  /** The visitor wants a new conversation: none that is there is taken up by itself. */
  #fresh = false
  /** What the page was told last. */
  #online: boolean | undefined
  /** The wait for the gateway to say how the bubble looks. */
  readonly #unsaidLooks: ReturnType<typeof setTimeout>
  #view: ChatView

  /** `connect` makes the client. */
  constructor(
    shell: Shell,
    changed: () => void,
    connect: (options: ClientOptions) => Client = options => new Client(options),
  ) {
    this.#shell = shell
    this.#changed = changed
    this.tab = new Store(shell.storageKey, storage('sessionStorage'))
    const kept = storage('localStorage')
    this.client = connect({
      url: shell.socket,
      storageKey: shell.storageKey,
      ...(kept && { storage: kept }),
      wake: window,
      hello: () => ({
        role: 'visitor',
        widget_key: shell.options.widgetKey,
        agent: shell.agent,
        page: page(),
      }),
    })
    this.#kept = new Store(shell.storageKey, kept)
    const unsaid = unfinished(this.tab)
    this.#view = {
      ...NOTHING,
      waiting: unsaid?.texts ?? [],
      answers: unsaid?.answers ?? [],
      greeting: this.tab.get('greeting'),
    }
    this.#following = new Following(this.client, shell, () => this.#update())
    this.seen = new Seen(
      () => this.#following.shown,
      () => this.#view.open,
    )
    this.#answering = new Answering(now => this.#answers(now))
    this.#starting = {
      client: this.client,
      tab: this.tab,
      view: () => this.#view,
      set: change => this.#set(change),
      attach: conversation => this.#attach(conversation),
      tell: (name, detail) => shell.emit(name, detail),
    }
    this.#unsaidLooks = setTimeout(() => this.#paintDefault(), LOOKS_WAIT_MS)
    this.#listen()
    if (shell.options.session) this.client.setToken(shell.options.session)
    this.client.connect()
    window.addEventListener('storage', this.#elsewhere)
  }

  get view(): ChatView {
    return this.#view
  }

  /** What the visitor is asked before a conversation, as things stand: while nobody is there, where to answer to. */
  get form(): Form {
    const { form, settings, online } = this.#view
    return !online && settings.ask_email_away ? withEmail(form) : form
  }

  /** Whether the visitor must fill in the form before they can write. */
  get asksFirst(): boolean {
    const { departments, log, starting } = this.#view
    return !log && !starting && asks(this.form, departments, this.department)
  }

  /** The department that conversations start in without a choice: the page's, or the only one. */
  get department(): string | undefined {
    return settled(this.#view.departments, this.#shell.options.departmentId)
  }

  destroy(): void {
    this.seen.close()
    window.removeEventListener('storage', this.#elsewhere)
    clearTimeout(this.#unsaidLooks)
    this.#answering.close()
    this.#following.close()
    this.client.close()
  }

  /** The gateway's origin, for the addresses of files. */
  get gateway(): string {
    return originOf(this.#shell.socket)
  }

  /** What the visitor is writing. */
  get draft(): string {
    return this.tab.get('draft') ?? ''
  }

  set draft(text: string) {
    this.tab.set('draft', text)
  }

  /** Puts a text into the composer, in place of what stands there. */
  prefill(text: string): void {
    this.draft = text
    this.#set({ prefilled: this.#view.prefilled + 1 })
  }

  /** Begins the next conversation with these words of the organization's. */
  greet(text: string): void {
    if (this.#following.shown?.over) this.leave()
    this.tab.set('greeting', text)
    this.#set({ greeting: text })
  }

  /** The page's options, or the texts, have changed. */
  repaint(): void {
    const { ready, settings, availability } = this.#view
    const look = looks(settings, this.#shell.options)
    look.labels.unread = t('bubble.unread', { count: this.#following.unread })
    if (ready) {
      this.#shell.paint(look, true)
      this.#answering.set(availability, settings.hours)
    }
    this.#set({})
  }

  /** The window was shown or hidden. */
  show(open: boolean): void {
    // Whoever asks for the window gets one, though it may have to change its colour.
    if (open) this.#paintDefault()
    this.#set({ open })
    this.seen.see()
    if (open && this.#view.connection !== 'online') this.client.probe()
  }

  /** Starts a conversation with what the form asked for, and says in it what was written already, `message` last. */
  begin(answers: Answer[], department?: string, message?: string): void {
    const chosen = this.department ?? department
    const { form, ready, online, waiting } = this.#view
    const { own, email } = apart(form, answers)
    start(this.#starting, {
      answers: own,
      texts: message ? [...waiting, message] : waiting,
      ...(chosen && { department: chosen }),
      ...(ready && !online && { away: { ...(email && { email }) } }),
    })
  }

  /** Sends a message: in the open conversation, else in a new one, for which the form may have to come first. */
  send(text: string): void {
    if (this.#following.shown?.over && !this.#view.resumed) this.leave()
    const { log, waiting, starting } = this.#view
    if (log) {
      this.client.send(log.conversation, { kind: 'text', text })
      return
    }
    this.#set({ waiting: [...waiting, text] })
    const opening = unfinished(this.tab)
    if (starting && opening) keep(this.tab, { ...opening, texts: this.#view.waiting })
    // What is written before the gateway has said anything waits for the welcome.
    else if (this.#view.ready) this.#say(true)
  }

  /** Sends a refused message again; one that still waits for its conversation, by starting that again. */
  retry = (clientId: string): void => {
    if (this.#view.log) this.client.retry(clientId)
    else this.begin([])
  }

  /** Takes a refused message away. */
  discard = (clientId: string): void => {
    if (this.#view.log) this.client.discard(clientId)
    else this.#set({ waiting: this.#view.waiting.filter((_, index) => waitingId(index) !== clientId) })
  }

  /** Whether a conversation is shown that is not over. */
  get talking(): boolean {
    return this.#following.talking
  }

  /** Ends the open conversation; false when there is none. */
  end(): boolean {
    const { shown, talking } = this.#following
    if (shown && talking) this.client.send(shown.conversation, { kind: 'status', status: 'resolved' })
    return talking
  }

  /** Rates the conversation that is shown, 1 to 5. */
  rate(score: number, comment: string): void {
    const { log } = this.#view
    const rating = { score, ...(comment && { comment }) }
    if (log) this.client.send(log.conversation, { kind: 'rating', rating })
  }

  /** Leaves the conversation that is shown, for a new one. One that is not over goes on, and can be returned to. */
  leave(): void {
    this.#fresh = true
    this.#kept.remove(LAST)
    this.#following.leave()
  }

  /** Shows another conversation of the visitor's; `over`: it is known to be over. */
  revisit(conversation: string, over: boolean): void {
    this.#following.show(conversation, over)
  }

  /** The visitor wants to write in the conversation that is over: that opens it again. */
  resume(): void {
    this.#set({ resumed: true })
  }

  /** Forgets the visitor and all that they wrote, and goes on as somebody new. */
  reset(): void {
    this.#following.close()
    for (const key of this.tab.keys('')) this.tab.remove(key)
    this.#kept.remove(LAST)
    this.#set({ ...UNKNOWN, prefilled: this.#view.prefilled + 1 })
    this.#fresh = false
    this.client.forget()
    this.client.connect()
  }

  /** Another tab or window started a conversation: saying hello again brings it here, so that there will not be two. */
  rejoin(): void {
    if (this.#following.talking || this.#view.starting) return
    this.#fresh = false
    this.client.close()
    this.client.connect()
  }

  /** Keeps files that were chosen; whoever sends them takes them out. */
  attach = (files: readonly File[]): void => this.#set({ files })

  probe = (): void => this.client.probe()

  typing = (on: boolean, text: string): void => {
    const { log } = this.#view
    if (log) this.client.typing(log.conversation, on, text)
  }

  older = (): void => this.#following.shown?.older()

  #listen(): void {
    const { emit } = this.#shell
    this.client.on('state', () => this.#connect())
    this.client.on('welcome', ({ visitor }) => {
      if (!visitor) return
      // Whether somebody is there decides what is asked first.
      if (visitor.settings.hours)
        this.#answering.load().then(() => this.client.state === 'online' && this.#welcome(visitor))
      else this.#welcome(visitor)
    })
    this.client.on('switched', ({ conversation }) => {
      this.#following.close()
      this.#kept.remove(LAST)
      if (conversation && !this.#view.starting) this.#attach(conversation.conversation)
    })
    this.client.on('gone', ({ conversation }) => {
      if (this.#kept.get(LAST) === conversation) this.#kept.remove(LAST)
      this.#following.gone(conversation)
    })
    this.client.on('started', ({ conversation }) => this.#attach(conversation.conversation))
    this.client.on('availability', availability => {
      this.#set({ availability })
      this.#answering.set(availability, this.#view.settings.hours)
    })
    this.client.on('error', ({ code, text, retryable }) => {
      this.#set({ slow: retryable })
      emit('error', { code, message: text })
    })
    this.client.on('outbox', ({ entry, gone }) => {
      if (gone) this.#set({ slow: false })
      if (gone === 'stored') tellSent(entry, this.client.me, emit)
    })
  }

  #connect(): void {
    const now = connection(this.client)
    this.#set({ connection: now, slow: false })
    this.#shell.emit('connection', { state: now })
    const { refusal } = this.client
    if (now !== 'refused' || !refusal) return
    clearTimeout(this.#unsaidLooks)
    this.#shell.refused()
    import('./refused.ts').then(({ explain }) => {
      const why = explain(refusal, this.#shell.options.widgetKey)
      console.error(`chatdesk: ${why.message}`)
      this.#shell.emit('error', why)
    }, console.error)
  }

  #welcome(visitor: VisitorWelcome): void {
    const { settings, form, departments, availability, name, conversation, transcripts } = visitor
    const first = !this.#view.ready
    clearTimeout(this.#unsaidLooks)
    heed(this.#shell, settings)
    this.#set({ ready: true, settings, form, departments, availability, name, transcripts })
    this.repaint()
    check(departments, this.#shell.options.departmentId)
    introduce(this.#starting)
    const unsaid = unfinished(this.tab)
    if (!this.#following.talking && !this.#fresh && !unsaid) {
      const last = this.#kept.get(LAST)
      if (conversation) this.#attach(conversation.conversation)
      else if (last && !this.#following.shown) this.#following.show(last, true)
    }
    this.#following.tell()
    if (unsaid && !this.#view.starting) start(this.#starting, unsaid)
    else this.#say(first)
  }

  /** Says what was written while there was no conversation; the form may have to come first, and `opens` the window then. */
  #say(opens: boolean): void {
    const { log, waiting } = this.#view
    if (waiting.length === 0) return
    if (log) {
      this.#set({ waiting: [] })
      for (const text of waiting) this.client.send(log.conversation, { kind: 'text', text })
    } else if (!this.asksFirst) this.begin([])
    else if (opens) this.#shell.open()
  }

  #paintDefault(): void {
    if (!this.#view.ready) this.#shell.paint(looks(SETTINGS, this.#shell.options), false)
  }

  #answers(now: Pick<ChatView, 'online' | 'back'>): void {
    this.#set(now)
    if (this.#online !== now.online) this.#shell.emit('status', { online: now.online })
    this.#online = now.online
  }

  #attach(conversation: string): void {
    this.#fresh = false
    this.#kept.set(LAST, conversation)
    this.#following.show(conversation)
  }

  /** What is shown of conversations has changed. */
  #update(): void {
    const { shown, elsewhere } = this.#following
    const another = shown?.conversation !== this.#view.log?.conversation
    this.#set({
      log: shown?.view,
      elsewhere,
      ...(another && { refused: undefined, left: leftIn(this.tab, shown?.conversation) }),
      ...((another || !shown?.over) && { resumed: false }),
    })
    this.seen.see()
  }

  #elsewhere = ({ key, newValue }: StorageEvent): void => {
    if (key === `${this.#shell.storageKey}:resume` && newValue) this.rejoin()
  }

  #set(change: Partial<ChatView>): void {
    this.#view = { ...this.#view, ...change }
    this.#changed()
  }
}
