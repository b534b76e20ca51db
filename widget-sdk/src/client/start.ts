import { clientIds } from './client-id.ts'
import type { Clock } from './clock.ts'
import { RequestError } from './error.ts'
import type { Store } from './storage.ts'
import type { Start, Started, WireError } from './wire.ts'

/** What a visitor gives to start a conversation; the client adds the idempotency key. */
export type StartInput = Omit<Start, 'client_id'>

/** What starting needs of the client. */
export interface StartLink {
  online(): boolean
  send(body: Start, done: (reply: Started) => void, failed: (error: WireError) => void): void
  /** A conversation was started. */
  started(reply: Started): void
  /** A retryable error, for people to see; it is retried. */
  delayed(error: WireError): void
}

interface Attempt {
  input: StartInput
  promise: Promise<Started>
  resolve(started: Started): void
  reject(error: RequestError): void
}

const KEY = 'start'

/**
 * Starts a conversation once. The attempt's `client_id` is in storage until it succeeds, so that a reload or a lost
 * connection in the middle of it leads to the same conversation.
 */
export class Starter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #link: StartLink
  readonly #newId: () => string
  #attempt: Attempt | undefined
  /** Sent on this connection, or waiting to be sent again on it. */
  #sent = false
  #wait: (() => void) | undefined

  constructor(store: Store, clock: Clock, link: StartLink) {
    this.#store = store
    this.#clock = clock
    this.#link = link
    this.#newId = clientIds(clock)
  }

  start(input: StartInput): Promise<Started> {
    if (this.#attempt) return this.#attempt.promise
    const attempt: Partial<Attempt> = { input }
    const promise = new Promise<Started>((resolve, reject) => Object.assign(attempt, { resolve, reject }))
    this.#attempt = { ...attempt, promise } as Attempt
    this.#send()
    return promise
  }

  /** Online; `open` says whether the visitor has an open conversation, which an attempt before a reload led to. */
  welcomed(open: boolean): void {
    if (this.#attempt) {
      if (!this.#sent) this.#send()
    } else if (open) this.#store.remove(KEY)
  }

  lost(): void {
    this.#sent = false
    this.#wait?.()
    this.#wait = undefined
  }

  /** Gives the attempt up; its key stays in storage. */
  close(error: WireError): void {
    this.lost()
    this.#attempt?.reject(new RequestError(error))
    this.#attempt = undefined
  }

  forget(): void {
    this.#store.remove(KEY)
  }

  #send(): void {
    const attempt = this.#attempt
    if (!attempt || !this.#link.online()) return
    this.#sent = true
    const before = this.#store.get(KEY)
    const client_id = before ?? this.#newId()
    this.#store.set(KEY, client_id)
    this.#link.send(
      { client_id, ...attempt.input },
      started => {
        this.#store.remove(KEY)
        // An attempt of days ago did succeed, and what it started is over.
        if (before && started.conversation.status === 'resolved') return this.#send()
        this.#attempt = undefined
        this.#link.started(started)
        attempt.resolve(started)
      },
      error => this.#failed(attempt, error),
    )
  }

  #failed(attempt: Attempt, error: WireError): void {
    if (!error.retryable) {
      this.#store.remove(KEY)
      this.#attempt = undefined
      attempt.reject(new RequestError(error))
    } else if (this.#sent && this.#link.online()) {
      // Without a connection the next welcome sends it again.
      this.#link.delayed(error)
      this.#wait = this.#clock.after(error.retry_ms, () => this.#send())
    }
  }
}
