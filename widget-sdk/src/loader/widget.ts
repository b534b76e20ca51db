import type { Looks, Panel, PanelModule, Shell } from '../ui/shell.ts'
import { Bubble } from './bubble.ts'
import { type Connection, complain, type Emitter, type EventName, type Events } from './events.ts'
import { Kept } from './kept.ts'
import type { Options } from './options.ts'
import { plan, whenIdle } from './plan.ts'

/** Where the gateway that served the script has the rest. */
export interface Gateway {
  /** The address of the panel's module. */
  panel: string
  /** The address of whatever panel the gateway has now, in case it was updated since it served the script. */
  latest: string
  /** `wss://…/ws` */
  socket: string
  /** The widget's version. */
  version: string
  /** Loads a module. */
  load(address: string): Promise<PanelModule>
}

/** What `chatdesk('get')` tells. */
export interface State {
  open: boolean
  visible: boolean
  unread: number
  connection: Connection
  /** Whether anybody is there to answer; undefined until the gateway said. */
  online: boolean | undefined
  /** The open conversation. */
  conversation: string | undefined
  version: string
}

/** Below this width, in CSS pixels, the window covers the page: it does not open there by itself. */
const PHONE = 480

/** The widget on the page, from one `init` to its `shutdown`. */
export class Widget {
  readonly #options: Options
  readonly #gateway: Gateway
  readonly #emitter: Emitter
  readonly #kept: Kept
  readonly #bubble: Bubble
  #panel: Promise<Panel> | undefined
  /** The panel was asked for once. If that failed, browsers hold on to it: the next try needs another address. */
  #tried = false
  #painted = false
  #open = false
  #refused = false
  #removed = false
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Where the keyboard was when the window opened. */
  #before: Element | null = null
  #state: State

  constructor(options: Options, gateway: Gateway, emitter: Emitter) {
    this.#options = options
    this.#gateway = gateway
    this.#emitter = emitter
    this.#kept = new Kept(options.widgetKey)
    this.#bubble = new Bubble(options.zIndex)
    this.#bubble.listen(
      () => this.toggle(),
      () => this.#preload(),
    )
    this.#state = {
      open: false,
      visible: true,
      unread: 0,
      connection: 'idle',
      online: undefined,
      conversation: undefined,
      version: gateway.version,
    }
    this.#begin()
  }

  get state(): State {
    return { ...this.#state }
  }

  /** Opens the window; `focus` moves the keyboard into it. */
  open(focus = true): void {
    clearTimeout(this.#timer)
    if (!this.#open) this.#before = document.activeElement
    this.#open = true
    this.#kept.open = true
    this.show()
    this.#bubble.busy = true
    this.#load().then(
      panel => this.#reveal(panel, focus),
      () => this.#fail(),
    )
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#kept.open = false
    this.#bubble.busy = false
    this.#bubble.open = false
    this.#appear()
    const inside = document.activeElement === this.#bubble.host
    this.#panel?.then(panel => panel.show(false, false)).catch(() => {})
    if (inside) this.#returnFocus()
    if (!this.#state.open) return
    this.#state.open = false
    this.#emitter.emit('close', {})
  }

  toggle(): void {
    if (this.#open) this.close()
    else this.open()
  }

  show(): void {
    this.#state.visible = true
    this.#appear()
  }

  /** Takes bubble and window out of sight; messages still come and count as unread. */
  hide(): void {
    this.close()
    this.#state.visible = false
    this.#appear()
  }

  send(text: string): void {
    this.#load().then(
      panel => panel.send(text),
      () => this.#fail(),
    )
  }

  /** Takes the widget off the page and closes its socket. The conversation stays the visitor's. */
  remove(): void {
    this.#removed = true
    clearTimeout(this.#timer)
    this.#kept.open = undefined
    this.#bubble.remove()
    this.#panel?.then(panel => panel.destroy()).catch(() => {})
  }

  #begin(): void {
    const kept = this.#kept.looks(this.#by)
    if (kept) this.#paint(kept.looks)
    const when = plan({
      open: this.#kept.open,
      resumable: this.#kept.resumable,
      age: kept && Date.now() - kept.at,
      autoOpen: kept?.looks.opensAfter !== undefined,
    })
    if (when === 'now') this.open(false)
    else if (when === 'idle') whenIdle(() => this.#preload())
  }

  /** Where the gateway refuses to talk there is no bubble; a window that is asked for all the same says why. */
  #appear(): void {
    this.#bubble.visible = this.#state.visible && (this.#open || !this.#refused)
  }

  /** The options that looks depend on. */
  get #by(): string {
    const { primaryColor, position, autoOpen, autoOpenDelay } = this.#options
    return JSON.stringify([primaryColor, position, autoOpen, autoOpenDelay])
  }

  #paint(looks: Looks): void {
    this.#bubble.paint(looks)
    this.#appear()
    const after = looks.opensAfter
    // Whoever opened or closed the window in this tab has decided; and a small page is not covered unasked.
    if (after !== undefined && !this.#timer && this.#kept.open === undefined && innerWidth >= PHONE) {
      this.#timer = setTimeout(() => this.#open || this.open(false), after * 1000)
    }
    if (this.#painted) return
    this.#painted = true
    this.#emitter.emit('ready', {})
  }

  #preload(): void {
    this.#load().catch(() => {
      // A guess that the visitor will click: if they do, they are told.
    })
  }

  /** Loads the panel's code, once; after a failure the next call tries again. */
  #load(): Promise<Panel> {
    if (this.#removed) return Promise.reject(new Error('the widget was taken off the page'))
    this.#panel ??= this.#fetch().catch(error => {
      this.#panel = undefined
      throw error
    })
    return this.#panel
  }

  async #fetch(): Promise<Panel> {
    const { panel, latest } = this.#gateway
    const address = this.#tried ? `${latest}?${Date.now()}` : panel
    this.#tried = true
    const module = await this.#gateway.load(address)
    if (this.#removed) throw new Error('the widget was taken off the page')
    return module.start(this.#shell())
  }

  #reveal(panel: Panel, focus: boolean): void {
    if (!this.#open || this.#removed) return
    this.#bubble.busy = false
    this.#bubble.open = true
    panel.show(true, focus)
    if (this.#state.open) return
    this.#state.open = true
    this.#emitter.emit('open', {})
  }

  #fail(): void {
    if (this.#removed) return
    this.#open = false
    this.#bubble.busy = false
    const message = `the chat window could not be loaded from ${this.#gateway.panel}`
    complain(message)
    this.#emitter.emit('error', { code: 'unavailable', message })
  }

  #returnFocus(): void {
    const before = this.#before
    const theirs = before !== document.body && before !== this.#bubble.host && before?.isConnected
    if (theirs && before instanceof HTMLElement) before.focus()
    else this.#bubble.focus()
  }

  #shell(): Shell {
    return {
      root: this.#bubble.root,
      options: this.#options,
      socket: this.#gateway.socket,
      storageKey: this.#kept.prefix,
      agent: `widget/${this.#gateway.version}`,
      emit: (name, detail) => this.#emit(name, detail),
      paint: (looks, last) => {
        if (last) this.#kept.keepLooks({ at: Date.now(), by: this.#by, looks })
        if (last || !this.#painted) this.#paint(looks)
      },
      conversation: id => {
        this.#kept.resumable = id !== undefined
        this.#state.conversation = id
      },
      open: () => this.open(),
      close: () => this.close(),
      refused: () => {
        this.#kept.keepLooks(undefined)
        this.#refused = true
        this.#appear()
      },
    }
  }

  #emit<Name extends EventName>(name: Name, detail: Events[Name]): void {
    if (this.#removed) return
    if ('count' in detail) {
      this.#state.unread = detail.count
      this.#bubble.unread = detail.count
    }
    if ('online' in detail) this.#state.online = detail.online
    if ('state' in detail) this.#state.connection = detail.state
    this.#emitter.emit(name, detail)
  }
}
