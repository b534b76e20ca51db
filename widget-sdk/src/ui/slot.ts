import type { KeyValue } from '../client/index.ts'

/** The browser's storage, or undefined where even asking for it is refused (sandboxed frames, blocked cookies). */
export function storage(area: 'localStorage' | 'sessionStorage'): KeyValue | undefined {
  try {
    return window[area]
  } catch {
    return undefined
  }
}

/** One value in a storage; where there is none, or it is full, the value lasts as long as the page. */
export class Slot {
  readonly #storage: KeyValue | undefined
  readonly #key: string

  constructor(storage: KeyValue | undefined, key: string) {
    this.#storage = storage
    this.#key = key
  }

  get(): string {
    try {
      return this.#storage?.getItem(this.#key) ?? ''
    } catch {
      return ''
    }
  }

  /** Keeps a text; an empty one is forgotten. */
  set(text: string): void {
    try {
      if (text) this.#storage?.setItem(this.#key, text)
      else this.#storage?.removeItem(this.#key)
    } catch {
      // Full or blocked: see above.
    }
  }
}
