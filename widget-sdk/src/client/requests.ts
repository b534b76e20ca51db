import { offline } from './error.ts'
import type { ServerBodies, WireError } from './wire.ts'

/** The requests that may be made by hand, and the names of their replies. The rest have methods of their own. */
interface ReplyNames {
  ping: 'pong'
  transcript: 'ok'
  update: 'ok'
  track: 'ok'
  history: 'history_page'
  set_availability: 'ok'
  inbox: 'inbox_page'
  inbox_sync: 'inbox_changes'
  watch: 'ok'
  unwatch: 'ok'
  profile: 'visitor_profile'
  search: 'search_page'
  contacts: 'contacts_page'
  upload_open: 'upload_ready' | 'upload_done'
  upload_abort: 'ok'
}
/** The name of such a request. */
export type RequestName = keyof ReplyNames
/** What answers it. */
export type Reply<N extends RequestName> = ServerBodies[ReplyNames[N]]

interface Pending {
  done(body: unknown): void
  failed(error: WireError): void
}

const REF_MAX = 0xffffffff

/** The requests that wait for their reply, by ref. A connection that goes fails them all. */
export class Requests {
  readonly #pending = new Map<number, Pending>()
  #last = 0

  /** Registers a request and returns its ref. */
  add(done: (body: never) => void, failed: (error: WireError) => void): number {
    this.#last = (this.#last % REF_MAX) + 1
    this.#pending.set(this.#last, { done: done as Pending['done'], failed })
    return this.#last
  }

  /** Gives a request its reply. */
  done(ref: number, body: unknown): void {
    this.#take(ref)?.done(body)
  }

  /** Gives a request its error; false if none waits under this ref. */
  failed(ref: number, error: WireError): boolean {
    const pending = this.#take(ref)
    pending?.failed(error)
    return pending !== undefined
  }

  /** The connection is gone. */
  lost(): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const request of pending) request.failed(offline())
  }

  #take(ref: number): Pending | undefined {
    const pending = this.#pending.get(ref)
    this.#pending.delete(ref)
    return pending
  }
}
