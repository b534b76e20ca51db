import type { Role, VisitorSummary } from '@chatdesk/widget/client'

/**
 * How to call a visitor. Who gave no name is called by the end of their id, which stays the same and tells two
 * strangers apart (its beginning is a time, and so much the same for all of today's).
 */
export function visitorName({ id, name, email }: VisitorSummary): string {
  return name?.trim() || email?.trim() || `Visitor ${id.slice(-4).toUpperCase()}`
}

/** A role in words. */
export const ROLE_NAMES: Record<Role, string> = { owner: 'Owner', admin: 'Admin', agent: 'Agent' }
