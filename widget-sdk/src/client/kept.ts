import type { Clock } from './clock.ts'
import type { OutboxEntry } from './outbox.ts'
import type { Store } from './storage.ts'
import type { ParticipantId } from './wire.ts'

/** For how long an entry that nobody came back to send is kept, in milliseconds: as long as a visitor's session lasts. */
export const KEPT_MS = 30 * 24 * 60 * 60 * 1000

const PREFIX = 'out:'

/** What storage holds of an entry, under its `client_id`. */
interface Kept extends Pick<OutboxEntry, 'conversation' | 'content' | 'at' | 'error'> {
  /** Whose it is: another visitor or member who uses this browser must not send it. Absent: not known yet. */
  sender?: ParticipantId
}

/** The outbox's entries in storage, a key for each, so that tabs do not overwrite each other's. */
export class KeptEntries {
  readonly #store: Store
  readonly #clock: Clock

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  keep(
    { client_id, conversation, content, at, error }: OutboxEntry,
    sender: ParticipantId | undefined,
  ): void {
    const kept: Kept = { conversation, content, at, ...(sender && { sender }), ...(error && { error }) }
    this.#store.set(PREFIX + client_id, JSON.stringify(kept))
  }

  has(client_id: string): boolean {
    return this.#store.get(PREFIX + client_id) !== undefined
  }

  remove(client_id: string): void {
    this.#store.remove(PREFIX + client_id)
  }

  /** The entries of `sender`, in order. Those that are too old or not readable are removed, whoever's they are. */
  of(sender: ParticipantId): OutboxEntry[] {
    const entries: OutboxEntry[] = []
    for (const key of this.#store.keys(PREFIX)) {
      const kept = parse(this.#store.get(key))
      if (!kept || kept.at < this.#clock.now() - KEPT_MS) this.#store.remove(key)
      else if ((kept.sender ?? sender) === sender) {
        const { conversation, content, at, error } = kept
        const entry = { client_id: key.slice(PREFIX.length), conversation, content, at }
        entries.push(error ? { ...entry, status: 'failed', error } : { ...entry, status: 'sending' })
      }
    }
    return entries
  }

  /** Removes all entries, whoever's they are. */
  clear(): void {
    for (const key of this.#store.keys(PREFIX)) this.#store.remove(key)
  }
}

function parse(json: string | undefined): Kept | undefined {
  try {
    const kept = JSON.parse(json ?? '')
    const whole =
      typeof kept.conversation === 'string' && typeof kept.content?.kind === 'string' && kept.at > 0
    return whole ? kept : undefined
  } catch {
    return undefined
  }
}
