import type { InboxView } from '@chatdesk/widget/state'

/** The largest number that the rail has room for. */
const MOST = 99

/**
 * How many conversations hold something that no agent has read, as it is shown: nothing for none, and with a plus
 * where there may be more, because rows that have not been loaded were not counted.
 */
export function unreadLabel({ rows, hasMore }: Pick<InboxView, 'rows' | 'hasMore'>): string {
  const count = rows.filter(({ unread }) => unread > 0).length
  if (count === 0) return ''
  return hasMore || count > MOST ? `${Math.min(count, MOST)}+` : `${count}`
}
