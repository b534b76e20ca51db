import {
  type Answer,
  type Availability,
  Client,
  type ClientOptions,
  type KeyValue,
  RequestError,
  type Welcome,
} from '../client/index.ts'
import { Store } from '../client/storage.ts'
import { isMessage, type LogStore, type LogView, openLog } from '../state/index.ts'
import { connection, explain, originOf, page } from './connection.ts'
import { asks } from './form.ts'
import { looks, SETTINGS } from './looks.ts'
import { keep, type Opening, unfinished } from './opening.ts'
import type { Shell } from './shell.ts'
import { message, News } from './told.ts'
import { type ChatView, NOTHING, resolved, waitingId } from './view.ts'

/** After how long without an answer of the gateway the bubble is drawn in default looks, in milliseconds. */
const LOOKS_WAIT_MS = 3_000

/** The visitor's side of the talk: one client, at most one conversation, and what the page is told of both. */
export class Chat {
  readonly #shell: Shell
  readonly #client: Client
  /** What lasts as long as the tab: what the visitor is writing, and a start that is under way. */
  readonly #tab: Store
  readonly #changed: () => void
  #log: LogStore | undefined
  #news = new News()
  #endInSight = true
  /** What the page was told last. */
  #online: boolean | undefined
  #unread = 0
  #typing = false
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
    this.#tab = new Store(shell.storageKey, storage('sessionStorage'))
    const kept = storage('localStorage')
    this.#client = connect({
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
    const unsaid = unfinished(this.#tab)
    this.#view = { ...NOTHING, waiting: unsaid?.texts ?? [], answers: unsaid?.answers ?? [] }
    this.#unsaidLooks = setTimeout(() => this.#paintDefault(), LOOKS_WAIT_MS)
    this.#listen()
    this.#client.connect()
    document.addEventListener('visibilitychange', this.#see)
    window.addEventListener('storage', this.#elsewhere)
  }

  get view(): ChatView {
    return this.#view
  }

  /** Whether the visitor must fill in the form before they can write. */
  get asksFirst(): boolean {
    const { form, departments, log, starting } = this.#view
    return !log && !starting && asks(form, departments, this.department)
  }

  /** The department that conversations start in without a choice: the page's, or the only one. */
  get department(): string | undefined {
    const { departments } = this.#view
    const wanted = this.#shell.options.departmentId
    if (wanted && departments.some(({ id }) => id === wanted)) return wanted
    return departments.length === 1 ? departments[0]?.id : undefined
  }

  destroy(): void {
    document.removeEventListener('visibilitychange', this.#see)
    window.removeEventListener('storage', this.#elsewhere)
    clearTimeout(this.#unsaidLooks)
    this.#log?.close()
    this.#client.close()
  }

  /** Where the gateway is, for the addresses of files. */
  get gateway(): string {
    return originOf(this.#shell.socket)
  }

  /** What the visitor is writing. */
  get draft(): string {
    return this.#tab.get('draft') ?? ''
  }

  set draft(text: string) {
    this.#tab.set('draft', text)
  }

  /** The window was shown or hidden. */
  show(open: boolean): void {
    // Whoever asks for the window gets one, though it may have to change its colour.
    if (open) this.#paintDefault()
    this.#set({ open })
    this.#see()
    if (open && this.#view.connection !== 'online') this.#client.probe()
  }

  /** Starts a conversation with what the form asked for, and says in it what was written already. */
  begin(answers: Answer[], department: string | undefined): void {
    const chosen = this.department ?? department
    this.#start({ answers, texts: this.#view.waiting, ...(chosen && { department: chosen }) })
  }

  /** Sends a message: in the open conversation, else in a new one, for which the form may have to come first. */
  send(text: string): void {
    if (this.#view.log && resolved(this.#view.log)) this.leave()
    const { log, waiting, starting } = this.#view
    if (log) {
      this.#client.send(log.conversation, { kind: 'text', text })
      return
    }
    this.#set({ waiting: [...waiting, text] })
    const opening = unfinished(this.#tab)
    if (starting && opening) keep(this.#tab, { ...opening, texts: this.#view.waiting })
    else if (!this.#view.ready || this.asksFirst) this.#shell.open()
    else this.begin([], undefined)
  }

  /** Sends a refused message again; one that still waits for its conversation, by starting that again. */
  retry = (clientId: string): void => {
    if (this.#log) this.#client.retry(clientId)
    else this.begin([], undefined)
  }

  /** Takes a refused message away. */
  discard = (clientId: string): void => {
    if (this.#log) this.#client.discard(clientId)
    else this.#set({ waiting: this.#view.waiting.filter((_, index) => waitingId(index) !== clientId) })
  }

  probe = (): void => this.#client.probe()

  typing = (on: boolean, text: string): void => {
    if (this.#log) this.#client.typing(this.#log.view.conversation, on, text)
  }

  older = (): void => {
    // Asked again when the list is scrolled again, or the connection is back.
    this.#log?.older().catch(() => {})
  }

  /** The newest message came into sight, or went out of it. */
  endInSight = (inSight: boolean): void => {
    this.#endInSight = inSight
    this.#see()
  }

  /** Leaves a conversation that is over, for a new one. */
  leave(): void {
    this.#log?.close()
    this.#log = undefined
    this.#shell.conversation(undefined)
    this.#set({ log: undefined, refused: undefined })
    this.#count(0)
  }

  #listen(): void {
    const { emit } = this.#shell
    this.#client.on('state', () => this.#connect())
    this.#client.on('welcome', welcome => this.#welcome(welcome))
    this.#client.on('switched', ({ conversation }) => {
      if (this.#log) this.leave()
      if (conversation && !this.#view.starting) this.#attach(conversation.conversation)
    })
    this.#client.on('gone', ({ conversation }) => {
      if (this.#log?.view.conversation === conversation) this.leave()
    })
    this.#client.on('started', ({ conversation }) => this.#attach(conversation.conversation))
    this.#client.on('availability', availability => this.#available(availability))
    this.#client.on('error', ({ code, text, retryable }) => {
      this.#set({ slow: retryable })
      emit('error', { code, message: text })
    })
    this.#client.on('outbox', ({ entry, gone }) => {
      const sender = this.#client.me
      if (gone) this.#set({ slow: false })
      if (gone !== 'stored' || !sender || !isMessage(entry.content)) return
      const sent = message({ ...entry, id: entry.id ?? '', sender })
      emit('message:sent', sent)
      emit('message', sent)
    })
  }

  #connect(): void {
    const now = connection(this.#client)
    this.#set({ connection: now, slow: false })
    this.#shell.emit('connection', { state: now })
    const { refusal } = this.#client
    if (now !== 'refused' || !refusal) return
    clearTimeout(this.#unsaidLooks)
    const why = explain(refusal, this.#shell.options.widgetKey)
    console.error(`chatdesk: ${why.message}`)
    this.#shell.emit('error', why)
    this.#shell.refused()
  }

  #welcome({ visitor }: Welcome): void {
    if (!visitor) return
    const { settings, form, departments, availability, name, conversation } = visitor
    clearTimeout(this.#unsaidLooks)
    this.#shell.paint(looks(settings, this.#shell.options), true)
    this.#set({ ready: true, settings, form, departments, name })
    this.#checkDepartment()
    this.#available(availability)
    const unsaid = unfinished(this.#tab)
    if (conversation && !this.#talking && !unsaid) this.#attach(conversation.conversation)
    if (!conversation && !this.#log) this.#shell.conversation(undefined)
    if (unsaid && !this.#view.starting) this.#start(unsaid)
    else if (this.#view.waiting.length > 0 && !this.#view.log && !this.asksFirst) this.begin([], undefined)
  }

  /** Whether a conversation is shown that is not over. */
  get #talking(): boolean {
    return this.#log !== undefined && !resolved(this.#log.view)
  }

  #paintDefault(): void {
    if (!this.#view.ready) this.#shell.paint(looks(SETTINGS, this.#shell.options), false)
  }

  #checkDepartment(): void {
    const wanted = this.#shell.options.departmentId
    if (!wanted || this.#view.departments.some(({ id }) => id === wanted)) return
    console.error(`chatdesk: departmentId must be one of this organization's departments, ${wanted} is not`)
  }

  #available(availability: Availability): void {
    this.#set({ availability })
    if (this.#online === availability.online) return
    this.#online = availability.online
    this.#shell.emit('status', { online: availability.online })
  }

  async #start(opening: Opening): Promise<void> {
    keep(this.#tab, opening)
    this.#set({ starting: true, refused: undefined, waiting: opening.texts, answers: opening.answers })
    const { answers, department } = opening
    try {
      const { conversation } = await this.#client.start({ answers, ...(department && { department }) })
      this.#attach(conversation.conversation)
      const { waiting } = this.#view
      for (const text of waiting) this.#client.send(conversation.conversation, { kind: 'text', text })
      keep(this.#tab, undefined)
      this.#set({ starting: false, slow: false, waiting: [] })
      const said = Object.fromEntries(answers.map(({ key, value }) => [key, value]))
      this.#shell.emit('prechat', { answers: said, ...(department && { department }) })
      this.#shell.emit('conversation:start', { conversation: conversation.conversation })
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      const { error: why } = error
      // The client retries what may succeed later; what is left was refused, or the page is going.
      this.#set({ starting: false, slow: false, refused: why })
      if (why.retryable) return
      keep(this.#tab, undefined)
      this.#shell.emit('error', { code: why.code, message: why.text, ...(why.field && { field: why.field }) })
    }
  }

  #attach(conversation: string): void {
    if (this.#log?.view.conversation === conversation) return
    this.#log?.close()
    const log = openLog(this.#client, conversation)
    this.#log = log
    this.#news = new News()
    // A log that was left may have a last word on its way.
    log.subscribe(view => this.#log === log && this.#update(view))
    this.#shell.conversation(conversation)
    this.#update(log.view)
  }

  #update(log: LogView): void {
    this.#set({ log })
    for (const { entry } of this.#news.since(log)) {
      const received = message(entry)
      this.#shell.emit('message:received', received)
      this.#shell.emit('message', received)
    }
    const typist = log.typing.find(person => person.kind === 'agent')
    if (this.#typing !== !!typist) {
      this.#typing = !!typist
      this.#shell.emit('typing', { on: this.#typing, ...(typist?.name && { name: typist.name }) })
    }
    this.#see()
    this.#count(this.#log?.view.unread ?? 0)
  }

  #count(unread: number): void {
    if (this.#unread !== unread) this.#shell.emit('unread', { count: unread })
    this.#unread = unread
  }

  /** Another tab started a conversation: saying hello again brings it here, so that there will not be two. */
  #elsewhere = ({ key, newValue }: StorageEvent): void => {
    if (key !== `${this.#shell.storageKey}:resume` || !newValue || this.#talking || this.#view.starting)
      return
    this.#client.close()
    this.#client.connect()
  }

  /** What is on the screen has been read. */
  #see = (): void => {
    const log = this.#log?.view
    const seen = this.#view.open && this.#endInSight && document.visibilityState === 'visible'
    if (seen && log?.ready && log.head > log.visitorRead) this.#client.read(log.conversation, log.head)
  }

  #set(change: Partial<ChatView>): void {
    this.#view = { ...this.#view, ...change }
    this.#changed()
  }
}

/** The browser's storage, or undefined where even asking for it is refused (sandboxed frames, blocked cookies). */
function storage(area: 'localStorage' | 'sessionStorage'): KeyValue | undefined {
  try {
    return window[area]
  } catch {
    return undefined
  }
}
