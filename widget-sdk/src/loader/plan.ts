import { LOOKS_AGE } from './kept.ts'

/** What is known when the widget is drawn. */
export interface Known {
  /** Whether the window stood open on the previous page of this tab; undefined when never touched. */
  open: boolean | undefined
  /** Whether a conversation is open. */
  resumable: boolean
  /** How old the kept looks are, in ms; undefined without any. */
  age: number | undefined
  /** Whether the window is to open by itself. */
  autoOpen: boolean
}

/**
 * When to load the panel and connect: at once, when the page is idle, or not before the visitor shows interest. A visitor
 * who only looks around costs no socket on most pages.
 */
export function plan({ open, resumable, age, autoOpen }: Known): 'now' | 'idle' | 'intent' {
  if (open) return 'now'
  const stale = age === undefined || age < 0 || age > LOOKS_AGE
  return resumable || stale || (autoOpen && open === undefined) ? 'idle' : 'intent'
}

/** The longest wait for an idle moment, in ms. */
const IDLE_MS = 2_000

/** Calls back when the page has loaded and has nothing more urgent to do. */
export function whenIdle(then: () => void): void {
  const idle = () => {
    // Safari has no requestIdleCallback.
    if (typeof requestIdleCallback === 'function') requestIdleCallback(then, { timeout: IDLE_MS })
    else setTimeout(then, 200)
  }
  if (document.readyState === 'complete') idle()
  else addEventListener('load', idle, { once: true })
}
