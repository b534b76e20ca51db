/** A view that changes: `view` is the current snapshot, `subscribe` calls back with each new one. */
export interface Store<V> {
  readonly view: V
  /** Calls `handler` at each change (not at once), until the returned function is called. */
  subscribe(handler: (view: V) => void): () => void
}

/** The handlers of one store. They are called once a microtask, however many frames came meanwhile. */
export class Subscribers<V> {
  readonly #handlers = new Set<(view: V) => void>()
  readonly #view: () => V
  #told: V | undefined
  #scheduled = false

  constructor(view: () => V) {
    this.#view = view
  }

  add(handler: (view: V) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      const view = this.#view()
      if (view === this.#told) return
      this.#told = view
      for (const handler of [...this.#handlers]) handler(view)
    })
  }
}
