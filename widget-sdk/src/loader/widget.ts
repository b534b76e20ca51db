import type { EventName, Events, InitOptions, State } from '../api.ts'
import type { Rules, RulesModule } from '../rules/stage.ts'
import type { Looks, Panel, PanelModule } from '../ui/shell.ts'
import { Bubble } from './bubble.ts'
import { complain, type Emitter } from './events.ts'
import type { Gateway, Part } from './gateway.ts'
import { Kept, print } from './kept.ts'
import { plan, whenIdle } from './plan.ts'

/** Below this width, in CSS pixels, the window covers the page: it does not open there by itself. */
const PHONE = 480
/** Above what pages usually stack, and with room left below the largest value a browser takes. */
const Z_INDEX = 2_147_483_000
const Z_INDEX_MAX = 2_147_483_647

/** Calls that somebody waits for; those after them, which only matter once there is a window; others wait for an idle moment. */
const URGENT = /^(?:reset|popout|send|endChat)$/
const PATIENT = /^(?:prefill|greet|set(?:Theme|Department))$/

/** A call that waits for the panel. */
interface Call {
  patient: boolean
  run(panel: Panel): void
  fail(error: Error): void
}

/** The widget on the page, from one `init` to its `shutdown`. */
export class Widget {
  readonly #options: InitOptions
  readonly #gateway: Gateway
  readonly #emitter: Emitter
  readonly #kept: Kept
  readonly #bubble: Bubble
  #loading: Promise<Panel> | undefined
  #panel: Panel | undefined
  #calls: Call[] = []
  /** The parts that were asked for once. If that failed, browsers hold on to it: the next try needs another address. */
  #tried = new Set<Part>()
  #rules: Rules | undefined
  #looks: Looks | undefined
  readonly #tracked = new Set<string>()
  #painted = false
  #open = false
  #refused = false
  #removed = false
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Where the keyboard was when the window opened. */
  #before: Element | null = null
  readonly #state: State

  /** `key` is the widget's; `wrong` tells of an option that breaks its rule. */
  constructor(
    key: string,
    options: InitOptions,
    gateway: Gateway,
    emitter: Emitter,
    wrong: (option: string, rule: string) => void,
  ) {
    this.#options = options
    this.#gateway = gateway
    this.#emitter = emitter
    this.#kept = new Kept(key)
    // A script tag's attribute is a text.
    const zIndex = Number(options.zIndex ?? Z_INDEX)
    const fits = Number.isInteger(zIndex) && zIndex >= 0 && zIndex <= Z_INDEX_MAX
    if (!fits) wrong('zIndex', `must be a whole number from 0 to ${Z_INDEX_MAX}`)
    this.#bubble = new Bubble(fits ? zIndex : Z_INDEX)
    this.#bubble.listen(
      () => this.toggle(),
      () => this.#preload(),
    )
    this.#state = {
      open: false,
      visible: true,
      unread: 0,
      connection: 'idle',
      verified: false,
      version: gateway.version,
    }
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
    this.#rules?.check()
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
    this.#panel?.show(false, false)
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

  /** Has the panel do something; what it answers, once it is there. Calls are done in the order in which they came. */
  call(method: string, args: readonly unknown[]): unknown {
    if (method === 'track') {
      this.#tracked.add(String(args[0]))
      this.#rules?.check()
    }
    if (this.#panel) return this.#panel.call(method, args)
    const patient = PATIENT.test(method)
    const answer = new Promise((resolve, reject) => {
      this.#calls.push({ patient, run: panel => resolve(panel.call(method, args)), fail: reject })
    })
    // Whoever wants to know has the promise; what failed is told as an event as well.
    answer.catch(() => {})
    if (URGENT.test(method)) this.#load().catch(() => this.#fail())
    else if (!patient) whenIdle(() => this.#preload())
    return answer
  }

  /** Takes the widget off the page and closes its socket. The conversation stays the visitor's. */
  remove(): void {
    this.#removed = true
    clearTimeout(this.#timer)
    this.#kept.open = undefined
    this.#rules?.stop()
    this.#bubble.remove()
    this.#panel?.destroy()
  }

  /** Draws what is known. Who listens may be told of it, and call: so not before this widget is the page's. */
  begin(): void {
    const kept = this.#kept.looks(this.#by)
    if (kept) this.#paint(kept.looks)
    if (this.#removed) return
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
    this.#rules?.check()
  }

  /** The options that looks depend on. */
  get #by(): string | undefined {
    const { primaryColor, position, autoOpen, autoOpenDelay, theme, locale } = this.#options
    return print([primaryColor, position, autoOpen, autoOpenDelay, theme, locale])
  }

  #paint(looks: Looks): void {
    this.#looks = looks
    this.#bubble.paint(looks)
    this.#appear()
    const after = looks.opensAfter
    // Whoever opened or closed the window in this tab has decided; and a small page is not covered unasked.
    if (after !== undefined && !this.#timer && this.#kept.open === undefined && innerWidth >= PHONE) {
      this.#timer = setTimeout(() => this.#open || this.open(false), after * 1000)
    }
    if (looks.rules.length > 0 && !this.#tried.has('rules')) whenIdle(() => this.#obey())
    if (this.#painted) return
    this.#painted = true
    this.#emitter.emit('ready', {})
  }

  /** Loads what obeys the proactive rules. Without it nothing is said unasked, and nothing else is lost. */
  #obey(): void {
    if (this.#removed || this.#tried.has('rules')) return
    this.#import('rules').then(
      module => {
        if (this.#removed) return
        const { root } = this.#bubble
        // What is said later is said in the language of then.
        const looks = () => this.#looks as Looks
        this.#rules = (module as RulesModule).start({
          root,
          get looks() {
            return looks()
          },
          storageKey: this.#kept.prefix,
          tracked: this.#tracked,
          busy: () =>
            this.#open ||
            this.#kept.resumable ||
            this.#refused ||
            !this.#state.visible ||
            !root.host.isConnected,
          shown: (rule, inWindow) => this.call('proactive', [rule, inWindow]),
          open: focus => this.open(focus),
        })
      },
      () => {},
    )
  }

  #preload(): void {
    this.#load().catch(() => {
      // A guess that the visitor will click: if they do, they are told.
    })
  }

  /** Loads the panel's code, once; after a failure the next call tries again. */
  #load(): Promise<Panel> {
    if (this.#removed) return Promise.reject(new Error('the widget was taken off the page'))
    this.#loading ??= this.#fetch().catch(error => {
      this.#loading = undefined
      const failed = Object.assign(new Error(this.#unloaded), { code: 'unavailable' })
      for (const { fail } of this.#takeCalls(({ patient }) => !patient)) fail(failed)
      throw error
    })
    return this.#loading
  }

  async #fetch(): Promise<Panel> {
    const module = (await this.#import('panel')) as PanelModule
    const panel = this.#removed ? undefined : module.start(this.#shell())
    // Listeners are told things while it starts, and may have had enough.
    if (this.#removed) panel?.destroy()
    if (!panel || this.#removed) throw new Error('the widget was taken off the page')
    this.#panel = panel
    for (const { run } of this.#takeCalls(() => true)) run(panel)
    return panel
  }

  /** Loads a part; that of now, where the one that belongs to this script is gone or could not be had. */
  #import(part: Part): Promise<unknown> {
    const { latest, load } = this.#gateway
    const anew = () => load(`${latest(part)}?${Date.now()}`)
    if (this.#tried.has(part)) return anew()
    this.#tried.add(part)
    return load(this.#gateway.part(part)).catch(anew)
  }

  #takeCalls(which: (call: Call) => boolean): Call[] {
    const taken = this.#calls.filter(which)
    this.#calls = this.#calls.filter(call => !which(call))
    return taken
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

  get #unloaded(): string {
    return `the chat window could not be loaded from ${this.#gateway.part('panel')}`
  }

  #fail(): void {
    if (this.#removed) return
    this.#open = false
    this.#bubble.busy = false
    complain(this.#unloaded)
    this.#emitter.emit('error', { code: 'unavailable', message: this.#unloaded })
  }

  #returnFocus(): void {
    const before = this.#before
    const theirs = before !== document.body && before !== this.#bubble.host && before?.isConnected
    if (theirs && before instanceof HTMLElement) before.focus()
    else this.#bubble.focus()
  }

  #shell(): Parameters<PanelModule['start']>[0] {
    return {
      root: this.#bubble.root,
      options: this.#options,
      socket: this.#gateway.socket,
      storageKey: this.#kept.prefix,
      agent: `widget/${this.#gateway.version}`,
      emit: (name, detail, label) => this.#emit(name, detail, label),
      know: change => {
        Object.assign(this.#state, change)
      },
      paint: (looks, last) => {
        if (last) this.#kept.keepLooks({ at: Date.now(), by: this.#by, looks })
        if (last || !this.#painted) this.#paint(looks)
      },
      conversation: id => {
        this.#kept.resumable = id !== undefined
        Object.assign(this.#state, { conversation: id })
        this.#rules?.check()
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

  #emit<Name extends EventName>(name: Name, detail: Events[Name], label?: string): void {
    if (this.#removed) return
    if ('count' in detail) {
      this.#state.unread = detail.count
      this.#bubble.unread(detail.count, label)
    }
    if (name === 'status') this.#state.online = (detail as Events['status']).online
    if (name === 'connection') this.#state.connection = (detail as Events['connection']).state
    this.#emitter.emit(name, detail)
  }
}
