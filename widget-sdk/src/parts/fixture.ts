// Logs as tests and design pages need them: made by hand, without a client.
import type { Content, Participant } from '../client/index.ts'
import type { ItemStatus, LogItem, LogView } from '../state/index.ts'

export const ADA: Participant = { kind: 'agent', id: 'a1', name: 'Ada Byron' }
export const VISITOR: Participant = { kind: 'visitor', id: 'v1' }

/** One item; `at` in ms since 1970. A status other than `stored` has no seq. */
export function item(
  sender: Participant,
  content: string | Content,
  at: number,
  {
    seq,
    status = 'stored',
    mine = sender.kind === 'visitor',
  }: { seq?: number; status?: ItemStatus; mine?: boolean } = {},
): LogItem {
  const client_id = `${at}-${typeof content === 'string' ? content.slice(0, 20) : content.kind}`
  return {
    key: `${sender.id}:${client_id}`,
    entry: {
      conversation: 'c1',
      id: client_id,
      ...(seq !== undefined && status === 'stored' && { seq }),
      sender,
      client_id,
      at,
      content: typeof content === 'string' ? { kind: 'text', text: content } : content,
    },
    status,
    mine,
    ...(status === 'failed' && {
      error: { code: 'rate_limited', retryable: true, retry_ms: 1000, text: 'too many' } as const,
    }),
  }
}

/** A log of these items. */
export function log(items: LogItem[], change: Partial<LogView> = {}): LogView {
  return {
    conversation: 'c1',
    items,
    summary: undefined,
    ready: true,
    gone: false,
    hasOlder: false,
    head: Math.max(0, ...items.map(({ entry }) => entry.seq ?? 0)),
    read: [],
    visitorRead: 0,
    agentRead: 0,
    unread: 0,
    typing: [],
    draft: undefined,
    ...change,
  }
}
