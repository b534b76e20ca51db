import type { EventName, Events } from '../loader/events.ts'
import type { Options } from '../loader/options.ts'

/** How the widget looks and behaves on this page, with the page's own options worked in. */
export interface Looks {
  /** Custom properties and their values: `--cd-brand` and those that follow from it. */
  colors: Record<string, string>
  side: 'left' | 'right'
  /** The bubble's icon. */
  icon: string
  /** After how many seconds the window opens by itself; absent when it does not. */
  opensAfter?: number
}

/** What the loader gives to the panel. */
export interface Shell {
  /** The widget's own tree; the bubble is in it already. */
  readonly root: ShadowRoot
  readonly options: Options
  /** Where the gateway's socket is: `wss://…/ws`. */
  readonly socket: string
  /** Every key that the widget keeps in the browser begins with it. */
  readonly storageKey: string
  /** The widget's name and version, for the gateway's log. */
  readonly agent: string
  /** Tells the page's listeners. */
  emit<Name extends EventName>(name: Name, detail: Events[Name]): void
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
  /** Sends a message, after the pre-chat form if that is still to be filled in. */
  send(text: string): void
  /** Takes the window off the page and closes the socket. */
  destroy(): void
}

/** What the panel's file exports. */
export interface PanelModule {
  start(shell: Shell): Panel
}
