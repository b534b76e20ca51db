import { backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { WireError } from './wire.ts'

/** What watching needs of the client. */
export interface WatchLink {
  online(): boolean
  /** Sends one of these requests. */
  ask(name: 'watch' | 'unwatch', failed: (error: WireError) => void): void
  /** An error that is final, or retried. */
  failed(error: WireError): void
}

/** Follows who is on the site, over reconnects. */
export class Watching {
  readonly #clock: Clock
  readonly #link: WatchLink
  #wanted = false
  #failures = 0
  #wait: (() => void) | undefined

  constructor(clock: Clock, link: WatchLink) {
    this.#clock = clock
    this.#link = link
  }

  set(wanted: boolean): void {
    if (this.#wanted === wanted) return
    this.#wanted = wanted
    this.lost()
    if (wanted) this.welcomed()
    else if (this.#link.online()) this.#link.ask('unwatch', () => {})
  }

  /** Online again: nothing is watched on this connection. */
  welcomed(): void {
    if (!this.#wanted || !this.#link.online()) return
    this.#link.ask('watch', error => {
      // Without a connection the next welcome asks again.
      if (!this.#wanted || !this.#link.online()) return
      this.#link.failed(error)
      if (!error.retryable) this.#wanted = false
      else this.#wait = this.#clock.after(this.#pause(error), () => this.welcomed())
    })
  }

  lost(): void {
    this.#failures = 0
    this.#wait?.()
    this.#wait = undefined
  }

  #pause({ retry_ms }: WireError): number {
    return Math.max(retry_ms, backoff(this.#failures++, this.#clock.random))
  }
}
