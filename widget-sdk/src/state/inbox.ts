import type {
  ConversationId,
  InboxChanges,
  InboxCounts,
  InboxPage,
  InboxPlace,
  Known,
  Inbox as Listed,
  ReadBy,
  Summary,
  WireError,
} from '../client/index.ts'

/** A row of the inbox. */
export interface InboxRow {
  readonly summary: Summary
  /** Entries that no agent has read. */
  readonly unread: number
}

/** The agents' list. Immutable: a change makes a new one; a row that did not change stays the same object. */
export interface InboxView {
  /** Newest first, by `updated_at`. */
  readonly rows: readonly InboxRow[]
  /** Whether the first page has come. */
  readonly ready: boolean
  /** Whether `more()` would bring further rows. */
  readonly hasMore: boolean
  /** How many conversations the organization has of each kind, whatever is listed; once they have come. */
  readonly counts: InboxCounts | undefined
  /** Why the list could not be loaded, or brought up to date. */
  readonly error: WireError | undefined
}

/** What is listed: conversations that have all of these; of all of them, those without any. */
export type InboxFilter = Pick<Listed, 'status' | 'assigned' | 'department' | 'priority'>

/** Most conversations that are remembered as gone. */
const GONE_REMEMBERED = 1_000

/** The list of the conversations that a filter leaves; fed with pages and pushes. */
export class Inbox {
  readonly #filter: InboxFilter
  readonly #gone = new Set<ConversationId>()
  readonly #rows = new Map<string, InboxRow>()
  #next: InboxPlace | undefined
  #ready = false
  #counts: InboxCounts | undefined
  #error: WireError | undefined
  #view: InboxView | undefined

  constructor(filter: InboxFilter = {}) {
    this.#filter = filter
  }

  get view(): InboxView {
    this.#view ??= {
      rows: this.#sorted(),
      ready: this.#ready,
      hasMore: this.#next !== undefined,
      counts: this.#counts,
      error: this.#error,
    }
    return this.#view
  }

  /** Where the next page of the list begins. */
  get next(): InboxPlace | undefined {
    return this.#next
  }

  /** The next page of the list. */
  page({ conversations, next, counts }: InboxPage): void {
    this.#next = next
    this.#ready = true
    if (counts) this.counted(counts)
    this.failed(undefined)
    for (const summary of conversations) this.summary(summary)
  }

  /** How many conversations there are by now. */
  counted(counts: InboxCounts): void {
    this.#counts = counts
    this.#view = undefined
  }

  /** How far each conversation is known, newest first. */
  get known(): Known[] {
    const rows = [...this.#rows.values()].sort((a, b) => byNewest(a.summary, b.summary))
    return rows.map(({ summary: { conversation, head, agent_read } }) => ({ conversation, head, agent_read }))
  }

  /** The newest place that is known. */
  get newest(): InboxPlace | undefined {
    const places = [...this.#rows.values()].map(({ summary }) => placeOf(summary))
    return places.sort(byNewest)[0]
  }

  /** What has changed while nobody told. */
  changes({ changed, gone }: Pick<InboxChanges, 'changed' | 'gone'>): void {
    this.failed(undefined)
    for (const summary of changed) this.summary(summary)
    for (const conversation of gone) this.gone(conversation)
  }

  /** A conversation is not there any more. What tells of it later comes too late. */
  gone(conversation: ConversationId): void {
    this.#rows.delete(conversation)
    this.#gone.add(conversation)
    for (const first of this.#gone) {
      if (this.#gone.size <= GONE_REMEMBERED) break
      this.#gone.delete(first)
    }
    this.#view = undefined
  }

  /** The list could not be loaded, or can again. */
  failed(error: WireError | undefined): void {
    this.#error = error
    this.#view = undefined
  }

  /** A conversation changed, or is new. Whether that may be told by the counts. */
  summary(summary: Summary): boolean {
    if (this.#gone.has(summary.conversation)) return false
    const known = this.#rows.get(summary.conversation)?.summary
    // What stands behind the end of the list is a later page's to bring.
    if (!known && this.#next && byNewest(this.#next, summary) < 0) return true
    const newer = known && isOlder(summary, known) ? known : summary
    // Reading moves no head, and only ever forward: the furthest is right, whichever came last.
    this.#put({
      ...newer,
      visitor_read: Math.max(summary.visitor_read, known?.visitor_read ?? 0),
      agent_read: Math.max(summary.agent_read, known?.agent_read ?? 0),
    })
    return !known || COUNTED.some(field => known[field] !== newer[field])
  }

  /** Somebody read. */
  readBy({ conversation, participant, seq }: ReadBy): void {
    const known = this.#rows.get(conversation)?.summary
    if (!known) return
    const field = participant.kind === 'visitor' ? 'visitor_read' : 'agent_read'
    // A mark beyond the end counts as the end.
    const mark = Math.min(seq, known.head)
    if (mark > known[field]) this.#put({ ...known, [field]: mark })
  }

  #put(summary: Summary): void {
    const unread = Math.max(0, summary.head - summary.agent_read)
    this.#rows.set(summary.conversation, { summary, unread })
    this.#view = undefined
  }

  #sorted(): InboxRow[] {
    const rows = [...this.#rows.values()]
    return rows
      .filter(({ summary }) => has(summary, this.#filter))
      .sort((a, b) => byNewest(a.summary, b.summary))
  }
}

/** What conversations are counted by. */
const COUNTED = ['status', 'assignee', 'department'] as const

/** Whether a filter leaves a conversation in the list. */
function has(summary: Summary, { status, assigned, department, priority }: InboxFilter): boolean {
  return (
    (status === undefined || summary.status === status) &&
    (assigned === undefined || summary.assignee === assigned.member) &&
    (department === undefined || summary.department === department) &&
    (priority === undefined || (summary.priority ?? 'none') === priority)
  )
}

function isOlder(a: Summary, b: Summary): boolean {
  return a.head === b.head ? a.updated_at < b.updated_at : a.head < b.head
}

/** Where a conversation stands in the list. */
export function placeOf({ updated_at, conversation }: Summary): InboxPlace {
  return { updated_at, conversation }
}

/** Below 0 if `a` stands before `b`. */
export function byNewest(a: InboxPlace, b: InboxPlace): number {
  if (a.updated_at !== b.updated_at) return b.updated_at - a.updated_at
  if (a.conversation === b.conversation) return 0
  return a.conversation < b.conversation ? 1 : -1
}
