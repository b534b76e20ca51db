import {
  type Content,
  type ConversationId,
  type Entry,
  entryKey,
  type HistoryPage,
  type OutboxChange,
  type OutboxEntry,
  type Participant,
  type ReadBy,
  type ReadReceipt,
  type Replay,
  type Stored,
  type Summary,
  type TypingBy,
  type WireError,
} from '../client/index.ts'

/**
 * `sending`: one's own, not taken yet. `routed`: taken and passed on, not stored. `stored`: has its place for good
 * (show "sent"). `failed`: one's own, refused; see `error`.
 */
export type ItemStatus = 'sending' | 'routed' | 'stored' | 'failed'

/** An entry as it is shown. Immutable; an item that did not change stays the same object. */
export interface LogItem {
  /** Stays the same from `sending` to `stored`: use it as the element's key. */
  readonly key: string
  /** While `sending` its `id` is empty and `at` is this machine's time; while not `stored` it has no `seq`. */
  readonly entry: Entry
  readonly status: ItemStatus
  /** Why it failed. */
  readonly error?: WireError
  /** Whether this client's own visitor or member wrote it (maybe in another tab). */
  readonly mine: boolean
}

/** A conversation's log as a view. Immutable: a change makes a new one. */
export interface LogView {
  readonly conversation: ConversationId
  /** What there is to show (all but placeholders): stored entries by seq, then those that are not yet. */
  readonly items: readonly LogItem[]
  /** The conversation as the last replay told it. */
  readonly summary: Summary | undefined
  /** Whether the newest entries have come once. */
  readonly ready: boolean
  /** Whether the conversation is not there any more: nothing is left to show, nothing comes, nothing can be sent. */
  readonly gone: boolean
  /** Whether there are entries before the first one held: `older()` brings them. */
  readonly hasOlder: boolean
  /** The highest seq held: what to give to `client.read` when the end of the log is on the screen. 0: nothing yet. */
  readonly head: number
  /** How far each participant has read. */
  readonly read: readonly ReadReceipt[]
  /** How far the visitor has read. */
  readonly visitorRead: number
  /** How far any agent has read. */
  readonly agentRead: number
  /** Stored messages, texts or files, that the other side sent and one's own side has not read. */
  readonly unread: number
  /** Who is typing, but for oneself. */
  readonly typing: readonly Participant[]
  /** What the visitor has typed so far, where agents see it. */
  readonly draft: string | undefined
}

/** After how long without another `typing` somebody is taken to have stopped, in milliseconds. */
export const TYPING_EXPIRES_MS = 6_000

/** What is shown. Placeholders, and kinds of a later version, keep their place in the log and show as nothing. */
const SHOWN: readonly string[] = ['text', 'note', 'attachment', 'status', 'assignment', 'rating', 'priority']

/** Whether an entry says something to the other side, instead of telling what was done. */
export function isMessage({ kind }: Content): boolean {
  return kind === 'text' || kind === 'attachment'
}

/**
 * One conversation's log, fed with frames and the outbox's changes; `view` is what comes of it. Every entry has one
 * item, whatever brings it and how often: its key is its sender and the sender's idempotency key.
 */
export class Log {
  readonly #conversation: ConversationId
  #me: Participant | undefined
  /** By seq, without doubles. */
  #stored: LogItem[] = []
  #pending: LogItem[] = []
  /** The keys of those that this client's outbox holds. */
  readonly #own = new Set<string>()
  /** Pending entries of others, and of one's own other tabs, from before the connection was lost: the replay brings those that were stored. */
  readonly #doubtful = new Set<string>()
  #summary: Summary | undefined
  #ready = false
  #gone = false
  #exhausted = false
  readonly #read = new Map<string, ReadReceipt>()
  #typing: { who: Participant; until: number; draft: string | undefined }[] = []
  #items: readonly LogItem[] = []
  #view: LogView | undefined

  constructor(conversation: ConversationId, me?: Participant) {
    this.#conversation = conversation
    this.#me = me
  }

  /** The current snapshot: the same object until something changes. */
  get view(): LogView {
    this.#view ??= this.#snapshot()
    return this.#view
  }

  /** Who looks at it, now that it is known, and what their outbox holds. */
  welcomed(me: Participant | undefined, outbox: readonly OutboxEntry[]): void {
    this.#me = me
    this.#pending = this.#pending.filter(({ key }) => !this.#own.has(key))
    this.#own.clear()
    for (const entry of outbox) this.outbox({ entry })
    this.#view = undefined
  }

  /** A page of a replay. */
  replay({ summary, reset, entries, more, read }: Replay): void {
    if (reset) {
      this.#stored = []
      this.#pending = this.#pending.filter(({ key }) => this.#own.has(key))
      this.#exhausted = false
    }
    this.#summary = summary
    for (const entry of entries) this.#settle(entry)
    for (const receipt of read ?? []) this.#receipt(receipt)
    if (!more) {
      this.#ready = true
      this.#pending = this.#pending.filter(item => !this.#doubtful.has(item.key))
      this.#doubtful.clear()
    }
    this.#view = undefined
  }

  /** The conversation changed; agents are told. */
  summary(summary: Summary): void {
    if (!this.#summary || summary.head < this.#summary.head) return
    this.#summary = summary
    this.#view = undefined
  }

  /** The conversation is not there any more. */
  gone(): void {
    this.#gone = true
    this.#stored = []
    this.#pending = []
    this.#typing = []
    this.#read.clear()
    this.#summary = undefined
    this.#view = undefined
  }

  /** A page of older entries. */
  older({ entries, more }: HistoryPage): void {
    for (const entry of entries) this.#settle(entry)
    this.#exhausted = !more
    this.#view = undefined
  }

  /** Somebody's entry, pending or stored. */
  entry(entry: Entry): void {
    const key = entryKey(entry)
    this.#doubtful.delete(key)
    this.#typing = this.#typing.filter(({ who }) => who.id !== entry.sender.id)
    if (entry.seq !== undefined) this.#settle(entry)
    // One's own outbox knows better how its entries fare.
    else if (!this.#own.has(key) && !this.#holds(key)) {
      this.#put({ key, entry, status: 'routed', mine: this.#isMine(entry) })
    }
    this.#view = undefined
  }

  /** An entry has its place. One that is not held here comes with the replay that the client asks for. */
  stored({ seq, id, at, sender, client_id }: Stored): void {
    const key = entryKey({ sender, client_id })
    const held = this.#pending.find(item => item.key === key)
    if (held) this.#settle({ ...held.entry, seq, id, at })
  }

  /** An entry of one's own outbox came, changed or left. */
  outbox({ entry, gone }: OutboxChange): void {
    const item = this.#itemOf(entry)
    if (gone) this.#own.delete(item.key)
    else if (!this.#holds(item.key)) {
      this.#own.add(item.key)
      this.#doubtful.delete(item.key)
      this.#put(item)
    }
    if (gone === 'discarded') this.#pending = this.#pending.filter(({ key }) => key !== item.key)
    this.#view = undefined
  }

  /** Somebody read; a mark beyond the end of the log counts as its end, or it would hold for what comes later too. */
  readBy({ participant, seq }: ReadBy): void {
    this.#receipt({ participant, seq: Math.min(seq, Math.max(this.#head, this.#summary?.head ?? 0)) })
    this.#view = undefined
  }

  /** Somebody is typing or stopped, at `now`. */
  typingBy({ participant, on, draft }: TypingBy, now: number): void {
    this.#typing = this.#typing.filter(({ who }) => who.id !== participant.id)
    if (on && participant.id !== this.#me?.id) {
      this.#typing.push({ who: participant, until: now + TYPING_EXPIRES_MS, draft })
    }
    this.#view = undefined
  }

  /** Forgets who has not typed for too long. Returns when there is more to forget, if there is. */
  expire(now: number): number | undefined {
    const left = this.#typing.filter(({ until }) => until > now)
    if (left.length < this.#typing.length) {
      this.#typing = left
      this.#view = undefined
    }
    return left[0]?.until
  }

  /** The connection is gone: nobody is known to type, and others' pending entries are in doubt. */
  lost(): void {
    this.#typing = []
    for (const { key } of this.#pending) if (!this.#own.has(key)) this.#doubtful.add(key)
    this.#view = undefined
  }

  get #head(): number {
    return this.#stored.at(-1)?.entry.seq ?? 0
  }

  /** The lowest seq held. */
  get first(): number | undefined {
    return this.#stored[0]?.entry.seq
  }

  #isMine(entry: Entry): boolean {
    return entry.sender.id === this.#me?.id
  }

  #holds(key: string): boolean {
    return this.#stored.some(item => item.key === key)
  }

  #itemOf({ client_id, conversation, content, at, id, status, error }: OutboxEntry): LogItem {
    const sender = this.#me ?? { kind: 'visitor', id: '' }
    const entry = { conversation, id: id ?? '', sender, client_id, at, content }
    return { key: entryKey(entry), entry, status, mine: true, ...(error && { error }) }
  }

  #put(item: LogItem): void {
    const at = this.#pending.findIndex(({ key }) => key === item.key)
    if (at < 0) this.#pending.push(item)
    else this.#pending[at] = item
  }

  /** Puts an entry that has its seq into its place. */
  #settle(entry: Entry): void {
    const { seq = 0 } = entry
    const key = entryKey(entry)
    this.#pending = this.#pending.filter(item => item.key !== key)
    // Entries come in order, but for older pages: the place is nearly always the end.
    let at = this.#stored.length
    while (at > 0 && (this.#stored[at - 1]?.entry.seq ?? 0) >= seq) at--
    const there = this.#stored[at]
    if (there?.key === key && there.entry.seq === seq) return
    const item: LogItem = { key, entry, status: 'stored', mine: this.#isMine(entry) }
    this.#stored.splice(at, there?.entry.seq === seq ? 1 : 0, item)
    // Whoever writes has read what was there.
    this.#receipt({ participant: entry.sender, seq })
    if (this.#summary && seq > this.#summary.head) this.#summary = after(this.#summary, entry, seq)
    this.#view = undefined
  }

  #receipt(receipt: ReadReceipt): void {
    const { id } = receipt.participant
    if (receipt.seq > (this.#read.get(id)?.seq ?? 0)) this.#read.set(id, receipt)
  }

  #snapshot(): LogView {
    const read = [...this.#read.values()]
    const furthest = (kind: Participant['kind']) =>
      Math.max(0, ...read.filter(({ participant }) => participant.kind === kind).map(({ seq }) => seq))
    const visitorRead = Math.max(this.#summary?.visitor_read ?? 0, furthest('visitor'))
    const agentRead = Math.max(this.#summary?.agent_read ?? 0, furthest('agent'))
    const mySide = this.#me?.kind ?? 'visitor'
    const myRead = mySide === 'visitor' ? visitorRead : agentRead
    const first = this.first
    const items = [...this.#stored, ...this.#pending].filter(item => SHOWN.includes(item.entry.content.kind))
    const same = items.length === this.#items.length && items.every((item, i) => item === this.#items[i])
    if (!same) this.#items = items
    return {
      conversation: this.#conversation,
      items: this.#items,
      summary: this.#summary,
      ready: this.#ready,
      gone: this.#gone,
      hasOlder: first !== undefined && first > 1 && !this.#exhausted,
      head: this.#head,
      read,
      visitorRead,
      agentRead,
      unread: this.#stored.filter(({ entry }) => {
        return (entry.seq ?? 0) > myRead && isMessage(entry.content) && entry.sender.kind !== mySide
      }).length,
      typing: this.#typing.map(({ who }) => who),
      draft: this.#typing.find(({ draft }) => draft)?.draft,
    }
  }
}

/** The summary once an entry is stored that it does not know of. A visitor's message opens a resolved conversation again. */
function after(summary: Summary, { content, sender }: Entry, head: number): Summary {
  const reopened = sender.kind === 'visitor' && isMessage(content) && summary.status === 'resolved'
  const status = content.status ?? (reopened ? 'open' : summary.status)
  const next = { ...summary, head, status }
  if (content.rating) next.rating = content.rating.score
  if (content.priority) next.priority = content.priority
  if (content.assignment?.member) next.assignee = content.assignment.member
  else if (content.assignment) delete next.assignee
  return next
}
