import { BACKOFF_MIN_MS } from './backoff.ts'
import { clientIds } from './client-id.ts'
import type { Clock } from './clock.ts'
import { refused } from './error.ts'
import { KeptEntries } from './kept.ts'
import type { Store } from './storage.ts'
import type {
  Content,
  ConversationId,
  EntryId,
  Limits,
  ParticipantId,
  Routed,
  Send,
  WireError,
} from './wire.ts'

/** `sending`: not taken yet. `routed`: taken and passed on, not stored. `failed`: refused for good, see `error`. */
export type OutboxStatus = 'sending' | 'routed' | 'failed'

/** An entry of one's own that is not stored yet. Immutable: a change makes a new one. */
export interface OutboxEntry {
  /** The idempotency key; ones made later sort later. */
  readonly client_id: string
  readonly conversation: ConversationId
  readonly content: Content
  /** When it was written, by this machine's clock, in milliseconds since 1970. */
  readonly at: number
  readonly status: OutboxStatus
  /** The gateway's id, once routed. */
  readonly id?: EntryId
  /** Why it failed. */
  readonly error?: WireError
}

/** An entry came into the outbox, changed in it, or left it. */
export interface OutboxChange {
  readonly entry: OutboxEntry
  /** Why it left; absent while it is there. */
  readonly gone?: 'stored' | 'discarded'
}

/** After how long without a `stored` entries are sent again on a connection that lives, in milliseconds; doubles. */
export const RESEND_MS = 30_000
/** Most entries that are kept in storage; further ones are kept in memory only. */
export const KEPT_ENTRIES = 200

/** The bounds before a gateway has said its own: nothing is sent without a welcome. */
const BOUNDS = { text_bytes: 16_384, unstored_sends: 1, unstored_bytes: 0 }
const utf8 = new TextEncoder()

/** What the outbox needs of the client. */
export interface OutboxLink {
  /** Whether there is a connection and the conversation's replay on it has ended. */
  ready(conversation: ConversationId): boolean
  /** Sends, and returns the request's number. */
  send(body: Send, routed: (reply: Routed) => void, failed: (error: WireError) => void): number
  /** Tells whether there are entries left to send to a conversation. */
  sending(conversation: ConversationId, sending: boolean): void
  changed(change: OutboxChange): void
  /** A retryable error, for people to see; it is retried. */
  delayed(error: WireError): void
}

interface Slot {
  entry: OutboxEntry
  /** Where it is on this connection. */
  on: 'none' | 'asked' | 'routed'
  /** The request's number. */
  ref?: number
  /** Came from storage, so another tab may have settled it. */
  adopted: boolean
  /** Its text's bytes of UTF-8. */
  bytes: number
}

function slotOf(entry: OutboxEntry, adopted: boolean): Slot {
  return { entry, on: 'none', adopted, bytes: utf8.encode(entry.content.text).length }
}

/**
 * Entries that are not acknowledged, sent in order, per conversation, until `stored` names them. Storage has a key per
 * entry, and every tab sends all that it finds: that two send the same one is harmless, because of its `client_id`.
 */
export class Outbox {
  readonly #kept: KeptEntries
  readonly #clock: Clock
  readonly #link: OutboxLink
  readonly #newId: () => string
  #slots: Slot[] = []
  #me: ParticipantId | undefined
  #bounds = BOUNDS
  readonly #waits = new Map<ConversationId, () => void>()
  #resend: (() => void) | undefined
  #resends = 0

  constructor(store: Store, clock: Clock, link: OutboxLink) {
    this.#kept = new KeptEntries(store, clock)
    this.#clock = clock
    this.#link = link
    this.#newId = clientIds(clock)
  }

  entries(conversation?: ConversationId): OutboxEntry[] {
    const entries = this.#slots.map(slot => slot.entry)
    return conversation ? entries.filter(entry => entry.conversation === conversation) : entries
  }

  has(client_id: string): boolean {
    return this.#find(client_id) !== undefined
  }

  /** Adds an entry and sends it as soon as it can. Returns its `client_id`. */
  add(conversation: ConversationId, content: Content): string {
    const entry: OutboxEntry = {
      client_id: this.#newId(),
      conversation,
      content,
      at: this.#clock.now(),
      status: 'sending',
    }
    this.#slots.push(slotOf(entry, false))
    if (this.#slots.length <= KEPT_ENTRIES) this.#kept.keep(entry, this.#me)
    this.#link.changed({ entry })
    this.#link.sending(conversation, true)
    this.pump()
    return entry.client_id
  }

  /** Sends a failed entry again. */
  retry(client_id: string): void {
    const slot = this.#find(client_id)
    if (slot?.entry.status !== 'failed') return
    const { error: _, ...rest } = slot.entry
    slot.on = 'none'
    this.#change(slot, { ...rest, status: 'sending' })
    this.#kept.keep(slot.entry, this.#me)
    this.#link.sending(slot.entry.conversation, true)
    this.pump()
  }

  /** Takes a failed entry out. */
  discard(client_id: string): void {
    const slot = this.#find(client_id)
    if (slot?.entry.status === 'failed') this.#remove(slot, 'discarded')
  }

  /** The session stands for somebody else: what the one before wrote stays in storage until they are back. */
  switched(): void {
    this.lost()
    this.#me = undefined
    for (const { entry } of this.#slots.splice(0)) this.#link.changed({ entry, gone: 'discarded' })
  }

  /** Online as `me`: takes in what storage holds of theirs, and begins to send. */
  welcomed(me: ParticipantId, bounds: Limits): void {
    // What was written before it was known whose it is.
    if (this.#me === undefined) {
      for (const { entry } of this.#slots) if (this.#kept.has(entry.client_id)) this.#kept.keep(entry, me)
    }
    this.#me = me
    this.#bounds = bounds
    for (const entry of this.#kept.of(me)) {
      if (this.has(entry.client_id)) continue
      this.#slots.push(slotOf(entry, true))
      this.#link.changed({ entry })
      if (entry.status !== 'failed') this.#link.sending(entry.conversation, true)
    }
    this.#slots.sort((a, b) => (a.entry.client_id < b.entry.client_id ? -1 : 1))
    this.pump()
  }

  /** The connection is gone: all that was not stored will be sent again. */
  lost(): void {
    for (const slot of this.#slots) slot.on = 'none'
    for (const cancel of this.#waits.values()) cancel()
    this.#waits.clear()
    this.#resend?.()
    this.#resend = undefined
    this.#resends = 0
  }

  /** An entry has its place in the log. */
  stored(sender: ParticipantId, client_id: string): void {
    const slot = sender === this.#me ? this.#find(client_id) : undefined
    if (!slot) return
    this.#resends = 0
    this.#resend?.()
    this.#resend = undefined
    this.#remove(slot, 'stored')
    this.pump()
  }

  /** A request that was answered already has failed after all: the entry cannot be stored. False if it is none of these. */
  refusedLate(ref: number, error: WireError): boolean {
    const slot = this.#slots.find(slot => slot.on === 'routed' && slot.ref === ref)
    if (!slot) return false
    slot.on = 'asked'
    this.#refused(slot, error)
    return true
  }

  /** Nothing can be sent to a conversation: its entries have failed. */
  refused(conversation: ConversationId, error: WireError): void {
    for (const slot of this.#slots) {
      if (slot.entry.conversation === conversation && slot.entry.status !== 'failed') this.#fail(slot, error)
    }
  }

  /** A conversation is there no longer: what was to be said in it is forgotten. */
  gone(conversation: ConversationId): void {
    for (const slot of [...this.#slots]) {
      if (slot.entry.conversation === conversation) this.#remove(slot, 'discarded')
    }
  }

  /** Forgets all entries, in storage too. */
  forget(): void {
    this.lost()
    for (const slot of [...this.#slots]) this.#remove(slot, 'discarded')
    this.#kept.clear()
  }

  /**
   * Sends what can be sent now. One entry per conversation waits for its `routed` before the next one goes: if it has to
   * be sent again, none may have overtaken it.
   */
  pump(): void {
    const blocked = new Set<ConversationId>(this.#waits.keys())
    const { unstored_sends, unstored_bytes } = this.#bounds
    const unstored = this.#slots.filter(slot => slot.on !== 'none')
    let [count, bytes] = [unstored.length, unstored.reduce((sum, slot) => sum + slot.bytes, 0)]
    for (const slot of [...this.#slots]) {
      const { entry } = slot
      if (entry.status === 'failed' || slot.on === 'routed' || blocked.has(entry.conversation)) continue
      if (slot.on === 'none' && this.#link.ready(entry.conversation)) {
        const large = count > 0 && unstored_bytes > 0 && bytes + slot.bytes > unstored_bytes
        if (count >= unstored_sends || large) break
        if (!this.#send(slot)) continue
        count++
        bytes += slot.bytes
      }
      blocked.add(entry.conversation)
    }
    if (count > 0) this.#resend ??= this.#clock.after(RESEND_MS * 2 ** this.#resends, () => this.#sendAgain())
  }

  /** False if the entry will not be sent. */
  #send(slot: Slot): boolean {
    const { client_id, conversation, content } = slot.entry
    if (slot.adopted && !this.#kept.has(client_id)) {
      this.#remove(slot, 'discarded')
      return false
    }
    const most = this.#bounds.text_bytes
    if (slot.bytes > most) {
      return this.#fail(slot, refused('too_large', `a text must be at most ${most} bytes`, 'content.text'))
    }
    slot.on = 'asked'
    slot.ref = this.#link.send(
      { conversation, client_id, content },
      ({ id }) => this.#routed(slot, id),
      error => this.#refused(slot, error),
    )
    return true
  }

  #routed(slot: Slot, id: EntryId): void {
    if (slot.on !== 'asked') return
    slot.on = 'routed'
    if (this.#slots.includes(slot)) this.#change(slot, { ...slot.entry, status: 'routed', id })
    this.pump()
  }

  #refused(slot: Slot, error: WireError): void {
    if (slot.on !== 'asked' || !this.#slots.includes(slot)) return
    if (!error.retryable) {
      this.#fail(slot, error)
      this.pump()
      return
    }
    const { conversation } = slot.entry
    slot.on = 'none'
    this.#waits.get(conversation)?.()
    const wait = Math.max(error.retry_ms, BACKOFF_MIN_MS)
    const cancel = this.#clock.after(wait, () => {
      this.#waits.delete(conversation)
      this.pump()
    })
    this.#waits.set(conversation, cancel)
    this.#link.delayed(error)
    this.pump()
  }

  #sendAgain(): void {
    this.#resend = undefined
    this.#resends++
    for (const slot of this.#slots) slot.on = 'none'
    this.pump()
  }

  #fail(slot: Slot, error: WireError): false {
    slot.on = 'none'
    this.#change(slot, { ...slot.entry, status: 'failed', error })
    this.#kept.keep(slot.entry, this.#me)
    this.#settled(slot.entry.conversation)
    return false
  }

  #change(slot: Slot, entry: OutboxEntry): void {
    slot.entry = entry
    this.#link.changed({ entry })
  }

  #remove(slot: Slot, gone: 'stored' | 'discarded'): void {
    this.#slots = this.#slots.filter(other => other !== slot)
    this.#kept.remove(slot.entry.client_id)
    this.#link.changed({ entry: slot.entry, gone })
    this.#settled(slot.entry.conversation)
  }

  #settled(conversation: ConversationId): void {
    const left = this.#slots.some(
      ({ entry }) => entry.conversation === conversation && entry.status !== 'failed',
    )
    if (!left) this.#link.sending(conversation, false)
  }

  #find(client_id: string): Slot | undefined {
    return this.#slots.find(slot => slot.entry.client_id === client_id)
  }
}
