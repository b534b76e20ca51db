import type { ProactiveRule } from '../client/wire.ts'
import type { Looks } from '../ui/shell.ts'

/** What the loader gives to the proactive rules. */
export interface Stage {
  /** The widget's own tree; a teaser stands in it, before the bubble. */
  readonly root: ShadowRoot
  /** As painted last. */
  readonly looks: Looks
  /** Every key that the widget keeps in the browser begins with it. */
  readonly storageKey: string
  /** The names of the events that the page has tracked. */
  readonly tracked: ReadonlySet<string>
  /** Whether the visitor talks already, or the widget is out of sight: nothing is said unasked then. */
  busy(): boolean
  /** A rule's message is shown, as a teaser or in the window. */
  shown(rule: ProactiveRule, inWindow: boolean): void
  /** Opens the window; `focus` moves the keyboard into it. */
  open(focus: boolean): void
}

/** The rules at work. */
export interface Rules {
  /** Something changed that rules depend on. */
  check(): void
  stop(): void
}

/** What the rules' file exports. */
export interface RulesModule {
  start(stage: Stage): Rules
}
