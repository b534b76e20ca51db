// The gateway's HTTP API as the console uses it. Every failure, the network's included, is an `ApiError`.

import type {
  Failure,
  Login,
  Me,
  OrganizationId,
  SearchSettings,
  Signup,
  VisitorId,
  WidgetConfig,
  WireError,
} from '@chatdesk/widget/client'

/** A request that failed, with the error that the gateway gave, or one in its shape when it gave none. */
export class ApiError extends Error {
  override name = 'ApiError'

  constructor(readonly error: WireError) {
    super(error.text)
  }
}

/** What a form shows of an error: a text for each field at fault, and one for the form as a whole. */
export type FormErrors = { fields: Record<string, string>; form?: string }

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await ask(method, path, body)
  if (response.status === 204) return undefined as T
  const answer: unknown = await response.json().catch(() => undefined)
  if (answer === undefined) throw unreadable(response)
  return answer as T
}

/** Asks, and gives the answer if it is no failure. */
async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  let response: Response
  try {
    response = await fetch(`/api/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError(wireError('unavailable', 'ChatDesk cannot be reached.', true))
  }
  if (response.ok) return response
  const answer: unknown = await response.json().catch(() => undefined)
  const error = (answer as Partial<Failure> | undefined)?.error
  if (typeof error?.code === 'string') throw new ApiError(error)
  throw unreadable(response)
}

/** A proxy in front of the gateway may answer with a page of its own. */
function unreadable({ status }: Response): ApiError {
  return new ApiError(wireError('internal', `The gateway answered ${status}.`, true))
}

function wireError(code: WireError['code'], text: string, retryable: boolean): WireError {
  return { code, text, retryable, retry_ms: 0 }
}

/** Who is logged in; undefined when nobody is. */
export async function me(): Promise<Me | undefined> {
  try {
    return await call<Me>('GET', 'me')
  } catch (error) {
    if (error instanceof ApiError && error.error.code === 'unauthenticated') return undefined
    throw error
  }
}

/** Logs in; the session's cookie comes with the answer. */
export const login = (body: Login) => call<Me>('POST', 'login', body)
/** Makes an organization and logs its owner in. */
export const signup = (body: Signup) => call<Me>('POST', 'signup', body)
/** Ends the session. */
export const logout = () => call<void>('POST', 'logout', {})
/** The widget's settings. */
export const widget = () => call<WidgetConfig>('GET', 'settings/widget')
/** Replaces the widget's settings and answers with them as they are now. */
export const saveWidget = (body: WidgetConfig) => call<WidgetConfig>('PUT', 'settings/widget', body)

/** Ends the session and begins one with another organization of the same person. */
export const switchTo = (organization: OrganizationId) =>
  call<Me>('POST', 'organization/switch', { organization })

/** For how many days each is kept; null: for good. */
export type Retention = {
  /** Resolved conversations, after their last entry. */
  conversations_days: number | null
  /** Visitors of whom nothing is known and who have no conversation, after they were last seen. */
  visitors_days: number | null
  page_views_days: number | null
  events_days: number | null
}

/** How long the organization keeps what. */
export const retention = () => call<Retention>('GET', 'organization/retention')
/** Sets it, and answers with what was set. */
export const saveRetention = (body: Retention) => call<Retention>('PUT', 'organization/retention', body)
/** The language that the organization's conversations are searched with. */
export const searchSettings = () => call<SearchSettings>('GET', 'organization/search')
/** Sets it, and answers with what was set. */
export const saveSearchSettings = (body: SearchSettings) =>
  call<SearchSettings>('PUT', 'organization/search', body)
/** Deletes the organization with all that it has; `name` is its name, to confirm. */
export const deleteOrganization = (name: string) => call<void>('DELETE', 'organization', { name })

/** What becomes of what a contact said: their own words go and the rest stays, or everything goes. */
export type ErasureMode = 'anonymize' | 'delete'

/** Erases a contact. */
export const eraseContact = (contact: VisitorId, mode: ErasureMode) =>
  call<void>('POST', `contacts/${contact}/erase`, { mode })
/** Everything that is held of a contact, as a ZIP file. */
export const exportContact = async (contact: VisitorId): Promise<Blob> => {
  const response = await ask('GET', `contacts/${contact}/export`)
  try {
    return await response.blob()
  } catch {
    throw new ApiError(wireError('unavailable', 'The file did not come whole.', true))
  }
}

/** What was thrown in words for whoever sits at the screen. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) return explainError(error.error)
  return 'Something went wrong in this page. Reload it and try again.'
}

/** A gateway's error in words for whoever sits at the screen. */
export function explainError({ code, retry_ms, text }: WireError): string {
  if (code === 'rate_limited') return `Too many attempts. Try again in ${waitText(retry_ms)}.`
  if (code === 'unavailable') {
    return retry_ms > 0
      ? `ChatDesk cannot do this right now. Try again in ${waitText(retry_ms)}.`
      : 'ChatDesk cannot be reached. Check your connection and try again.'
  }
  if (code === 'internal') return 'Something went wrong on our side. Try again in a moment.'
  if (code === 'forbidden') return 'Your role does not allow this.'
  return sentence(text)
}

/**
 * An error for a form: `bad_field` belongs to its field, the rest to the form; a `conflict` is told as the form says,
 * which knows what it is that exists already.
 */
export function formErrors(error: unknown, conflict?: FormErrors): FormErrors {
  if (error instanceof ApiError) {
    const { code, text, field } = error.error
    if (code === 'conflict' && conflict) return conflict
    if (code === 'bad_field' && field) return { fields: { [field]: ruleText(field, text) } }
  }
  return { fields: {}, form: explain(error) }
}

/** `email must be an e-mail address` beside the field itself: `Must be an e-mail address.` */
function ruleText(field: string, text: string): string {
  const rule = text.startsWith(`${field} `) ? text.slice(field.length + 1) : text
  return sentence(rule)
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`
}

/** A time to wait, in the largest unit that says it: milliseconds to `5 seconds`, `2 minutes`. */
export function waitText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  const [count, unit] = seconds < 90 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
