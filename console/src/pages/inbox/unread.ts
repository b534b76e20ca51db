import type { InboxView } from '@chatdesk/widget/state'

/** How many conversations hold something that no agent has read. */
export function unreadConversations({ rows }: InboxView): number {
  return rows.filter(({ unread }) => unread > 0).length
}
