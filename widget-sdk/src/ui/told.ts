import type { Entry } from '../client/index.ts'
import type { Message } from '../loader/events.ts'
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

/**
 * Finds what the other side wrote since the last look at a log, each message once. What was there when the log was first
 * seen, and older pages, is not news; what was missed while the connection was away is.
 */
export class News {
  #keys = new Set<string>()
  /** What lies at or below this seq was there before. */
  #floor: number | undefined

  since(view: LogView): LogItem[] {
    if (!view.ready) return []
    this.#floor ??= view.head
    const floor = this.#floor
    const fresh = view.items.filter(
      ({ key, mine, entry }) =>
        !mine && isMessage(entry.content) && (entry.seq ?? Infinity) > floor && !this.#keys.has(key),
    )
    for (const { key } of fresh) this.#keys.add(key)
    return fresh
  }
}
