/** After how long without a page a visit is another one, in milliseconds. */
export const VISIT_MS = 30 * 60 * 1000

/** What this browser knows of earlier visits. Where nothing can be kept, every page is the first. */
interface Past {
  visits: number
  /** When a page was last seen, in ms since 1970. */
  at: number
  /** The rules whose messages were shown. */
  shown: string[]
}

const NONE: Past = { visits: 0, at: 0, shown: [] }

/** What is kept of the visitor's past on the site, under `key`. */
export class Memory {
  readonly #key: string
  /** Used instead where storage is blocked. */
  #past = NONE

  constructor(key: string) {
    this.#key = key
  }

  /** Notes that the site is seen now, and returns how many visits there were, this one included. */
  visit(now: number): number {
    const { visits, at } = this.#read()
    const count = visits + (now - at > VISIT_MS || visits === 0 ? 1 : 0)
    this.#write({ visits: count, at: now })
    return count
  }

  wasShown(rule: string): boolean {
    return this.#read().shown.includes(rule)
  }

  show(rule: string): void {
    this.#write({ shown: [...this.#read().shown, rule] })
  }

  #read(): Past {
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? 'null')
      return Array.isArray(kept?.shown) ? { ...NONE, ...kept } : this.#past
    } catch {
      return this.#past
    }
  }

  #write(change: Partial<Past>): void {
    this.#past = { ...this.#read(), ...change }
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#past))
    } catch {
      // Kept for this page then.
    }
  }
}
