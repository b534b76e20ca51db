import { Store } from '../client/storage.ts'
import { storage } from './storage.ts'

const KEY = 'last'

/**
 * The conversation that the visitor had last, in all pages: one that ended while nobody looked is there on the next,
 * with its last words and what is asked at its end, until the visitor begins another.
 */
export class Last {
  readonly #kept: Store

  constructor(storageKey: string) {
    this.#kept = new Store(storageKey, storage('localStorage'))
  }

  get conversation(): string | undefined {
    return this.#kept.get(KEY)
  }

  set conversation(conversation: string | undefined) {
    if (conversation) this.#kept.set(KEY, conversation)
    else this.#kept.remove(KEY)
  }
}
