/** What the client keeps things in: the part of `Storage` (`localStorage`) that it uses. */
export type KeyValue = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/**
 * A part of a `KeyValue`, behind a prefix. It never throws: what the storage does not take (its quota is used up, the
 * browser forbids it) is kept in memory, and so lasts as long as the page.
 */
export class Store {
  readonly #memory = new Map<string, string>()
  readonly #prefix: string
  readonly #storage: KeyValue | undefined

  constructor(prefix: string, storage?: KeyValue) {
    this.#prefix = `${prefix}:`
    this.#storage = storage
  }

  get(key: string): string | undefined {
    return this.#memory.get(key) ?? this.#try(storage => storage.getItem(this.#prefix + key)) ?? undefined
  }

  set(key: string, value: string): void {
    const kept = this.#try(storage => {
      storage.setItem(this.#prefix + key, value)
      return true
    })
    if (kept) this.#memory.delete(key)
    else this.#memory.set(key, value)
  }

  remove(key: string): void {
    this.#memory.delete(key)
    this.#try(storage => storage.removeItem(this.#prefix + key))
  }

  /** The keys that begin with `start`, sorted. */
  keys(start: string): string[] {
    const keys = new Set([...this.#memory.keys()].filter(key => key.startsWith(start)))
    this.#try(storage => {
      for (let i = 0; i < storage.length; i++) {
        const key = storage.key(i)
        if (key?.startsWith(this.#prefix + start)) keys.add(key.slice(this.#prefix.length))
      }
    })
    return [...keys].sort()
  }

  #try<T>(use: (storage: KeyValue) => T): T | undefined {
    try {
      return this.#storage && use(this.#storage)
    } catch {
      return undefined
    }
  }
}
