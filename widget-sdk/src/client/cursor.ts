import type { Entry, Participant, Replay, Stored } from './wire.ts'

/** Names an entry for ever: its sender and the sender's idempotency key. */
export function entryKey({ sender, client_id }: { sender: Participant; client_id: string }): string {
  return `${sender.id}:${client_id}`
}

/**
 * How far one log has come, and whether something of it is missing. It holds no entries, only what is needed to tell:
 * the last seq up to which all came, those that came beyond, and which pending entries a `stored` may settle.
 */
export class LogCursor {
  /** The last seq up to which every entry came; undefined until the first entry of a replay. */
  seq: number | undefined
  /** The highest seq known to exist. */
  head = 0
  readonly #beyond = new Set<number>()
  readonly #pending = new Set<string>()

  /** Whether entries are known to exist that did not come. */
  get behind(): boolean {
    return this.seq !== undefined && this.seq < this.head
  }

  /** Somebody's entry came, pending or stored. */
  entry(entry: Entry): void {
    if (entry.seq === undefined) this.#pending.add(entryKey(entry))
    else this.#came(entry.seq)
  }

  /** An entry was stored; `own` says that this client's outbox holds it. Not held anywhere, it is missing. */
  stored(stored: Stored, own: boolean): void {
    if (this.#pending.delete(entryKey(stored)) || own) this.#came(stored.seq)
    else this.exists(stored.seq)
  }

  /** A page of a replay. */
  replay({ reset, entries, more, summary }: Replay): void {
    if (reset) this.reset()
    for (const entry of entries) {
      this.#pending.delete(entryKey(entry))
      this.seq ??= (entry.seq ?? 1) - 1
      if (entry.seq !== undefined) this.#came(entry.seq)
    }
    if (!more) this.seq ??= summary.head
    this.exists(summary.head)
  }

  /** The log is known to reach up to `seq`. */
  exists(seq: number): void {
    this.head = Math.max(this.head, seq)
  }

  /** The connection is gone: others' pending entries count no longer, the replay brings those that were stored. */
  lost(): void {
    this.#pending.clear()
  }

  /** Forgets all; the next replay must begin anew. */
  reset(): void {
    this.seq = undefined
    this.head = 0
    this.#beyond.clear()
    this.#pending.clear()
  }

  #came(seq: number): void {
    this.exists(seq)
    this.#beyond.add(seq)
    if (this.seq === undefined) return
    for (const held of this.#beyond) if (held <= this.seq) this.#beyond.delete(held)
    while (this.#beyond.delete(this.seq + 1)) this.seq++
  }
}
