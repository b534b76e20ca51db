import type { Events, Message } from '../api.ts'
import type { Entry, OutboxEntry, Participant } from '../client/index.ts'
import { isMessage, type LogItem, type LogView } from '../state/index.ts'

/** An entry as the page's listeners get it. */
export function message({
  conversation,
  id,
  sender,
  content,
  at,
}: Omit<Entry, 'client_id' | 'seq'>): Message {
  const { attachment } = content
  return {
    conversation,
    id,
    from: sender.kind === 'visitor' ? 'visitor' : 'agent',
    ...(sender.name && { name: sender.name }),
    text: content.text ?? attachment?.name ?? '',
    ...(attachment && {
      attachment: { name: attachment.name, size: attachment.size, type: attachment.type },
    }),
    at,
  }
}

/** Tells the page's listeners. */
export type Tell = <Name extends keyof Events>(name: Name, detail: Events[Name]) => void

/** Tells that a message of the visitor's own is stored. */
export function tellSent(entry: OutboxEntry, sender: Participant | undefined, tell: Tell): void {
  if (!sender || !isMessage(entry.content)) return
  const sent = message({ ...entry, id: entry.id ?? '', sender })
  tell('message:sent', sent)
  tell('message', sent)
}

/**
 * Finds what is new in a log since the last look at it, each entry once. What was there when the log was first seen, and
 * older pages, is not news; what was missed while the connection was away is. One's own count once they are stored.
 */
export class News {
  #keys = new Set<string>()
  /** What lies at or below this seq was there before. */
  #floor: number | undefined
  /** Whose conversation it is, as far as has been told. */
  #agent: { id: string; name?: string } | undefined

  since(view: LogView): LogItem[] {
    if (!view.ready) return []
    if (this.#floor === undefined) {
      this.#floor = view.head
      const id = view.summary?.assignee
      if (id) this.#agent = { id }
    }
    const floor = this.#floor
    const fresh = view.items.filter(
      ({ key, mine, status, entry }) =>
        (!mine || status === 'stored') && (entry.seq ?? Infinity) > floor && !this.#keys.has(key),
    )
    for (const { key } of fresh) this.#keys.add(key)
    return fresh
  }

  /** Tells of one of them what the page's listeners may want to know. Of one's own messages the outbox tells. */
  tell({ entry, mine }: LogItem, tell: Tell): void {
    const { conversation, content } = entry
    if (isMessage(content)) {
      if (mine) return
      const received = message(entry)
      tell('message:received', received)
      tell('message', received)
    } else if (content.status === 'resolved') tell('conversation:end', { conversation })
    else if (content.rating) {
      const { score, comment } = content.rating
      tell('rating', { conversation, score, ...(comment && { comment }) })
    } else if (content.assignment) {
      const { member, name } = content.assignment
      const before = this.#agent
      if (before?.id === member) return
      this.#agent = member ? { id: member, ...(name && { name }) } : undefined
      if (before) tell('agent:leave', { conversation, ...before })
      if (this.#agent) tell('agent:join', { conversation, ...this.#agent })
    }
  }
}
