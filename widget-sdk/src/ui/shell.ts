import type { EventName, Events, State } from '../api.ts'
import type { ProactiveRule } from '../client/wire.ts'
import type { Drawing } from '../loader/draw.ts'
import type { Options } from './options.ts'

// Loader and panel may be of different ages: a browser keeps the loader for minutes, a package of a site for months. So
// what stands here is added to and never changed, and what is new is optional to whoever did not make it.

/** How the widget looks and behaves on this page, with the page's own options worked in. Kept for the next page. */
export interface Looks {
  /** Custom properties and their values: `--cd-brand` and those that follow from it, `--cd-scheme`: light, dark or both. */
  colors: Record<string, string>
  side: 'left' | 'right'
  /** What the bubble shows while the window is closed. */
  icon: Drawing
  /** After how many seconds the window opens by itself; absent when it does not. */
  opensAfter?: number
  /** What bubble and teaser are called, in the visitor's language. */
  labels: {
    /** The bubble, while the window is closed. */
    open: string
    /** The bubble, while it is open. */
    close: string
    /** The bubble, while it is closed and messages are unread that it has a name for: the same in another language. */
    unread?: string
    /** The button that takes a teaser away. */
    dismiss: string
  }
  /** When to speak first. */
  rules: readonly ProactiveRule[]
}

/** What the loader gives to the panel. */
export interface Shell {
  /** The widget's own tree; the bubble is in it already. */
  readonly root: ShadowRoot
  /** The page's options, each held to its rule (see `readOptions`; the loader has them as they were given). */
  readonly options: Options
  /** Where the gateway's socket is: `wss://…/ws`. */
  readonly socket: string
  /** Every key that the widget keeps in the browser begins with it. */
  readonly storageKey: string
  /** The widget's name and version, for the gateway's log. */
  readonly agent: string
  /** Tells the page's listeners. With an `unread`, `label` is what the bubble is called. */
  emit<Name extends EventName>(name: Name, detail: Events[Name], label?: string): void
  /** Something that `get` tells has changed, which no event tells. */
  know(change: { [Name in keyof State]?: State[Name] | undefined }): void
  /** Paints the bubble: with what the gateway said (`last`: on the next page too, at once), or until it has. */
  paint(looks: Looks, last: boolean): void
  /** The open conversation, or that there is none: with one, the next page connects without being asked. */
  conversation(id: string | undefined): void
  /** The window is needed: there is something that the visitor must fill in. */
  open(): void
  /** The visitor wants the window closed. */
  close(): void
  /** The gateway does not want this widget here. */
  refused(): void
}

/** What the panel lets the loader do. */
export interface Panel {
  /** Shows or hides the window; `focus` moves the keyboard into it. */
  show(open: boolean, focus: boolean): void
  /** Does what a page asked for, or the loader itself (`proactive`); see `Calls`. */
  call(method: string, args: readonly unknown[]): unknown
  /** Takes the window off the page and closes the socket. */
  destroy(): void
}

/** What the panel's file exports. */
export interface PanelModule {
  start(shell: Omit<Shell, 'options'> & { options: unknown }): Panel
}
