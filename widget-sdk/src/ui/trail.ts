import type { PageView } from '../api.ts'
import type { Client } from '../client/index.ts'
import { page } from './connection.ts'

/** How long a page that changed its address may take to change its title too, in milliseconds. */
const TITLE_MS = 1_000

/** The part of the Navigation API that is used here. */
interface Navigation extends EventTarget {
  readonly currentEntry: unknown
}

/** Calls back when the page's history may have changed; returns what ends that. */
export function onHistory(changed: () => void): () => void {
  const { navigation } = window as { navigation?: Navigation }
  if (navigation) {
    navigation.addEventListener('currententrychange', changed)
    return () => navigation.removeEventListener('currententrychange', changed)
  }
  let on = true
  const undo = (['pushState', 'replaceState'] as const).map(name => {
    const own = history[name]
    const wrapped: typeof own = function (this: History, ...args) {
      own.apply(this, args)
      if (on) changed()
    }
    history[name] = wrapped
    // Somebody else may have wrapped it since: theirs stays, and ours within it does nothing more.
    return () => {
      if (history[name] === wrapped) history[name] = own
    }
  })
  addEventListener('popstate', changed)
  addEventListener('hashchange', changed)
  return () => {
    on = false
    for (const one of undo) one()
    removeEventListener('popstate', changed)
    removeEventListener('hashchange', changed)
  }
}

/** The address that tells pages apart: a fragment does not, unless the page routes by it. */
function address(at: string): string {
  const { href, hash } = new URL(at)
  return /^#[!/]/.test(hash) ? href : href.slice(0, href.length - hash.length)
}

/** Tells the gateway of the pages that the visitor goes to without the document being loaded anew. */
export class Trail {
  readonly #client: Client
  readonly #end: () => void
  #at: string
  /** Where the visitor came from: an application's pages have no referrer of their own. */
  #before: string | undefined
  #settling: (() => void) | undefined

  /** `from`: the page that the gateway was told of with `hello`. */
  constructor(client: Client, from = location.href) {
    this.#client = client
    this.#at = address(from)
    this.#end = onHistory(() => this.#moved())
    this.#moved()
  }

  /** Tells of a page now; what is left out is read from the document. */
  tell(view: PageView): void {
    this.#settling?.()
    const read = page()
    this.#client.page({ ...read, ...(this.#before && { referrer: this.#before }), ...view })
  }

  close(): void {
    this.#end()
    this.#settling?.()
  }

  #moved(): void {
    const now = address(location.href)
    if (now === this.#at) return
    this.#before = this.#at
    this.#at = now
    this.#settling?.()
    this.#settling = titled(() => {
      this.#settling = undefined
      this.tell({})
    })
  }
}

/** Calls back when the title has changed, or does not seem to; returns what ends the wait. */
function titled(then: () => void): () => void {
  const { title } = document
  const stop = () => {
    clearTimeout(timer)
    watch.disconnect()
  }
  const done = () => {
    stop()
    then()
  }
  const watch = new MutationObserver(() => document.title !== title && done())
  watch.observe(document.head, { childList: true, characterData: true, subtree: true })
  const timer = setTimeout(done, TITLE_MS)
  return stop
}
