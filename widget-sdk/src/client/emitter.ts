/** Handlers by event. */
export class Emitter<Events> {
  #handlers: { [E in keyof Events]?: Set<(body: Events[E]) => void> } = {}

  /** Calls `handler` at each such event, until the returned function is called. */
  on<E extends keyof Events>(event: E, handler: (body: Events[E]) => void): () => void {
    const handlers = this.#handlers[event] ?? new Set()
    this.#handlers[event] = handlers.add(handler)
    return () => handlers.delete(handler)
  }

  /** Calls the handlers, in the order in which they came. */
  emit<E extends keyof Events>(event: E, body: Events[E]): void {
    for (const handler of [...(this.#handlers[event] ?? [])]) {
      try {
        handler(body)
      } catch (error) {
        // A handler's fault is its owner's to see, and must not stop the frames that come after this one.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
