import type { Priority } from '../client/index.ts'
import type { LogItem } from '../state/index.ts'

/** How urgent a conversation is, in words, from the least on. */
export const PRIORITY_NAMES: Record<Priority, string> = {
  none: 'None',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  urgent: 'Urgent',
}

/** What was done in a conversation, as the people who answer read it; `who` did it. */
export function eventText({ entry }: LogItem, who: string | undefined): string {
  const { status, assignment, rating, priority } = entry.content
  const it = 'the conversation'
  if (rating) {
    const words = rating.comment ? `: “${rating.comment}”` : ''
    return `${who ?? 'The visitor'} rated ${it} ${rating.score} of 5${words}`
  }
  if (assignment) {
    const to = assignment.name ?? 'an agent'
    if (!assignment.member) return who ? `${who} unassigned ${it}` : 'The conversation was unassigned'
    if (assignment.member === entry.sender.id) return `${who ?? to} took ${it}`
    return who ? `${who} assigned ${it} to ${to}` : `The conversation was assigned to ${to}`
  }
  if (priority) {
    // A later version may know more of them.
    const to = PRIORITY_NAMES[priority] ?? priority
    if (priority === 'none') return who ? `${who} removed the priority` : 'The priority was removed'
    return who ? `${who} set the priority to ${to}` : `The priority was set to ${to}`
  }
  if (status === 'pending') return who ? `${who} set ${it} to pending` : 'The conversation was set to pending'
  const what = status === 'resolved' ? 'resolved' : 'reopened'
  return who ? `${who} ${what} ${it}` : `The conversation was ${what}`
}
