// What the address says of the inbox's list: `?whose=mine&status=resolved`. So a reload shows the same list, and a link
// to it can be passed on.

import type { ConversationStatus, Department, MemberId, Priority } from '@chatdesk/widget/client'
import type { InboxFilter } from '@chatdesk/widget/state'

/** Which conversations the list shows, and what is looked for in it. */
export type Listing = {
  /** One's own, nobody's, or without it everybody's. */
  whose?: 'mine' | 'unassigned'
  status: ConversationStatus | 'any'
  department?: NonNullable<Department['id']>
  priority?: Priority
  /** The words to look for; the list shows what was found in its place. */
  search?: string
}

/** The statuses, in the order of a conversation's life. */
export const STATUSES = ['open', 'pending', 'snoozed', 'resolved'] as const satisfies ConversationStatus[]
/** The priorities, most urgent first. */
export const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const satisfies Priority[]

/** What is shown when the address says nothing. */
export const DEFAULT_LISTING: Listing = { status: 'open' }

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Reads it from a query; what means nothing is as if it were not there. */
export function readListing(query: URLSearchParams): Listing {
  const one = <T extends string>(name: string, known: readonly T[]) =>
    known.find(it => it === query.get(name))
  const whose = one('whose', ['mine', 'unassigned'])
  const priority = one('priority', PRIORITIES)
  const department = query.get('department')
  const search = query.get('q')
  return {
    status: one('status', [...STATUSES, 'any']) ?? DEFAULT_LISTING.status,
    ...(whose && { whose }),
    ...(department && UUID.test(department) && { department }),
    ...(priority && { priority }),
    ...(search && { search }),
  }
}

/** Writes it into a query; what is not told by it is as it was without one. */
export function writeListing({ whose, status, department, priority, search }: Listing): URLSearchParams {
  const query = new URLSearchParams()
  if (whose) query.set('whose', whose)
  if (status !== DEFAULT_LISTING.status) query.set('status', status)
  if (department) query.set('department', department)
  if (priority) query.set('priority', priority)
  if (search) query.set('q', search)
  return query
}

/** The filter that leaves what this list shows to `me`. */
export function filterOf({ whose, status, department, priority }: Listing, me: MemberId): InboxFilter {
  return {
    ...(status !== 'any' && { status }),
    ...(whose && { assigned: whose === 'mine' ? { member: me } : {} }),
    ...(department && { department }),
    ...(priority && { priority }),
  }
}

/** Whether the list leaves out more than the one that is shown at first. */
export function isNarrowed({ whose, status, department, priority }: Listing): boolean {
  return Boolean(whose || department || priority) || status !== DEFAULT_LISTING.status
}
