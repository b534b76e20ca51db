import type { FakeSocket } from './fake-socket.ts'
import type { ClientBodies, InboxCounts, InboxPlace, LiveVisitor, ServerBodies, Summary } from './wire.ts'

/** What the desk needs of the gateway. */
export interface FakeDeskLink {
  tell<N extends keyof ServerBodies>(socket: FakeSocket, name: N, body: ServerBodies[N], ref?: number): void
  summaries(): Summary[]
}

/** What agents ask of the whole organization, as the fake gateway answers it. */
export class FakeDesk {
  /** Who is on the site. */
  readonly live: LiveVisitor[] = []
  /** Conversations in a page of the inbox, and in an answer to a sync. */
  page = 50
  readonly #link: FakeDeskLink

  constructor(link: FakeDeskLink) {
    this.#link = link
  }

  /** Answers an agent's request; false if it is none of these. */
  answer(
    socket: FakeSocket,
    name: keyof ClientBodies,
    ref: number,
    body: ClientBodies[keyof ClientBodies],
  ): boolean {
    const { tell } = this.#link
    if (name === 'inbox') tell(socket, 'inbox_page', this.#inbox(body as ClientBodies['inbox']), ref)
    else if (name === 'inbox_sync') {
      tell(socket, 'inbox_changes', this.#changes(body as ClientBodies['inbox_sync']), ref)
    } else if (name === 'watch') {
      tell(socket, 'visitors', { visitors: this.live, total: this.live.length }, ref)
    } else if (name === 'profile') {
      const { visitor } = body as ClientBodies['profile']
      tell(socket, 'visitor_profile', { visitor: { id: visitor }, created_at: 1, pages: [], events: [] }, ref)
    } else if (name === 'set_availability' || name === 'unwatch') tell(socket, 'ok', {}, ref)
    else return false
    return true
  }

  #inbox(asked: ClientBodies['inbox']): ServerBodies['inbox_page'] {
    const { status, assigned, priority, after, limit = this.page } = asked
    const all = this.#link
      .summaries()
      .filter(summary => !status || summary.status === status)
      .filter(summary => !assigned || summary.assignee === assigned.member)
      .filter(summary => !priority || (summary.priority ?? 'none') === priority)
      .filter(summary => !after || byOldest(summary, after) < 0)
      .sort((a, b) => byOldest(b, a))
    const conversations = all.slice(0, limit)
    const last = conversations.at(-1)
    const more = all.length > limit && last && { next: placeOf(last) }
    return { conversations, ...more, ...(!after && { counts: this.#counts() }) }
  }

  #counts(): InboxCounts {
    const all = this.#link.summaries()
    const counts = { open: 0, pending: 0, snoozed: 0, resolved: 0 }
    for (const { status } of all) counts[status]++
    const unassigned = all.filter(({ status, assignee }) => status !== 'resolved' && !assignee).length
    return { ...counts, mine: 0, unassigned }
  }

  #changes({ known = [], newest }: ClientBodies['inbox_sync']): ServerBodies['inbox_changes'] {
    const all = this.#link.summaries()
    const heads = new Map(known.map(one => [one.conversation, one]))
    const changed = all.filter(summary => {
      const have = heads.get(summary.conversation)
      if (have) return have.head !== summary.head || have.agent_read !== summary.agent_read
      return newest !== undefined && byOldest(summary, newest) > 0
    })
    changed.sort(byOldest)
    const ids = new Set(all.map(({ conversation }) => conversation))
    const gone = known.map(({ conversation }) => conversation).filter(id => !ids.has(id))
    return { changed: changed.slice(0, this.page), gone, more: changed.length > this.page }
  }
}

function placeOf({ updated_at, conversation }: Summary): InboxPlace {
  return { updated_at, conversation }
}

function byOldest(a: InboxPlace, b: InboxPlace): number {
  if (a.updated_at !== b.updated_at) return a.updated_at - b.updated_at
  return a.conversation < b.conversation ? -1 : a.conversation > b.conversation ? 1 : 0
}
