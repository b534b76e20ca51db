import { type Client, RequestError } from '../client/index.ts'
import { CallError } from './given.ts'

/** Most calls that wait for the gateway at once; the next one is refused. */
const WAITING_MAX = 100
/** How often one of them is tried before it fails. */
const TRIES = 5

/** Things to ask of the gateway, one after the other. */
export class Turns {
  readonly #client: Client
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  /** Counts resets: what was asked for the visitor before is not done for the one after. */
  #era = 0

  constructor(client: Client) {
    this.#client = client
  }

  /**
   * Does something once all that was asked before is done and there is a connection. What the gateway will take later is
   * tried again; what may have reached it before the connection went is so only where it does no harm (`twice`).
   */
  take<T>(run: () => Promise<T>, twice = true): Promise<T> {
    if (this.#waiting >= WAITING_MAX) {
      throw new CallError(
        'rate_limited',
        `there must be at most ${WAITING_MAX} calls that wait for the gateway`,
      )
    }
    this.#waiting++
    const era = this.#era
    const still = () => {
      if (era !== this.#era) throw new CallError('conflict', 'the visitor was reset meanwhile')
      return run()
    }
    const turn = this.#last
      .then(() => persist(this.#client, still, twice))
      .finally(() => {
        this.#waiting--
      })
    this.#last = turn.catch(() => {})
    return turn
  }

  /** Does something that needs no connection once all that was asked before is done: at once when that is nothing. */
  after(run: () => void): void {
    if (this.#waiting === 0) run()
    else this.#last = this.#last.then(run)
  }

  /** Whatever waits is for a visitor who has gone: it fails. */
  drop(): void {
    this.#era++
  }
}

/** Resolves when the gateway has said who the visitor is; rejects when it does not want this page. */
export function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const { state, refusal } = client
      if (state !== 'online' && !refusal) return
      off()
      if (refusal)
        reject(new CallError(refusal.error?.code ?? 'forbidden', 'the gateway refused the connection'))
      else resolve()
    }
    const off = client.on('state', look)
    look()
  })
}

async function persist<T>(client: Client, run: () => Promise<T>, twice: boolean): Promise<T> {
  for (let left = TRIES; ; left--) {
    await connected(client)
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      const { retryable, retry_ms } = error.error
      const answered = client.state === 'online'
      if (!retryable || left === 1 || !(twice || answered)) throw error
      await new Promise(resolve => setTimeout(resolve, retry_ms))
    }
  }
}
