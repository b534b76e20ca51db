// Paths to pages and back. Our own, because a page with unsaved changes must be able to hold a navigation back until
// somebody has answered, the browser's back button included; small routers offer no hook for that.

import { computed, signal } from '@preact/signals'
import { DEFAULT_LISTING, type Listing, readListing, writeListing } from './listing.ts'

/** Where the gateway serves the console. Paths in this module are relative to it: `/`, `/c/<id>`, `/settings`. */
export const BASE = '/console'

/** What is open beside the list: a conversation, maybe at the entry with this seq, or a visitor's profile. */
export type Opened = {
  conversation?: string | undefined
  seq?: number | undefined
  visitor?: string | undefined
}

/** A page and what the path says about it. */
export type Route =
  | ({ page: 'inbox'; listing: Listing } & Opened)
  | { page: 'settings'; section: 'widget' | 'data' }
  | { page: 'login'; next?: string }
  | { page: 'signup'; next?: string }
  | { page: 'lost' }

/** Asked before the page is left; false stays. */
export type Guard = () => boolean | Promise<boolean>

/** The route of a path, with its query if it has one. */
export function parse(path: string): Route {
  const { pathname, searchParams } = new URL(`http://console${path}`)
  const [, kind, id] = /^\/([cv])\/([0-9a-f-]{36})\/?$/.exec(pathname) ?? []
  const listing = readListing(searchParams)
  if (kind === 'v' && id) return { page: 'inbox', visitor: id, listing }
  if (kind === 'c' && id) {
    const seq = /^[1-9]\d{0,14}$/.exec(searchParams.get('seq') ?? '')?.[0]
    return { page: 'inbox', conversation: id, ...(seq && { seq: Number(seq) }), listing }
  }
  const next = searchParams.get('next') ?? undefined
  const entrance = next?.startsWith('/') && parse(next).page !== 'lost' ? { next } : {}
  if (pathname === '/') return { page: 'inbox', listing }
  if (/^\/settings\/?$/.test(pathname)) return { page: 'settings', section: 'widget' }
  if (/^\/settings\/data\/?$/.test(pathname)) return { page: 'settings', section: 'data' }
  if (/^\/login\/?$/.test(pathname)) return { page: 'login', ...entrance }
  if (/^\/signup\/?$/.test(pathname)) return { page: 'signup', ...entrance }
  return { page: 'lost' }
}

/** Where to send somebody who may not be on this page: strangers to the login, members away from it. */
export function detour(path: string, loggedIn: boolean): string | undefined {
  const route = parse(path)
  const entrance = route.page === 'login' || route.page === 'signup'
  if (!loggedIn && !entrance) return path === '/' ? '/login' : `/login?next=${encodeURIComponent(path)}`
  if (loggedIn && entrance) return route.next ?? '/'
}

/** The inbox's path with the list like this, and this open beside it. */
export function inboxPath(listing: Listing, { conversation, seq, visitor }: Opened = {}): string {
  const query = writeListing(listing)
  if (conversation && seq) query.set('seq', String(seq))
  const at = conversation ? `/c/${conversation}` : visitor ? `/v/${visitor}` : '/'
  return query.size > 0 ? `${at}?${query}` : at
}

const here = signal(current())
let guard: Guard | undefined

/** The path that is shown. */
export const path = computed(() => here.value)
/** Its route. */
export const route = computed(() => parse(here.value))
/** How the inbox's list is, or would be. */
export const listing = computed(() => (route.value.page === 'inbox' ? route.value.listing : DEFAULT_LISTING))

function current(): string {
  const { pathname, search } = window.location
  return (pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname) + search || '/'
}

/** Goes to a path, unless the page's guard says no; tells whether it is there now. */
export async function go(to: string, how: 'push' | 'replace' = 'push'): Promise<boolean> {
  if (to === here.peek()) return true
  if (guard && !(await guard())) return false
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', BASE + to)
  here.value = to
  return true
}

/** Sets the guard of the page that is shown; the function that comes back takes it away. */
export function holdBack(ask: Guard): () => void {
  guard = ask
  return () => {
    if (guard === ask) guard = undefined
  }
}

/** Follows the browser's buttons and clicks on links into the console. */
export function listen(): void {
  window.addEventListener('popstate', () => {
    const to = current()
    if (!guard) here.value = to
    else {
      // The browser has moved already: move back, then ask as for any other navigation.
      history.pushState(null, '', BASE + here.peek())
      void go(to)
    }
  })
  document.addEventListener('click', event => {
    const link = (event.target as Element).closest?.('a')
    if (!link || link.target || link.origin !== window.location.origin) return
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return
    event.preventDefault()
    void go(link.pathname.slice(BASE.length) + link.search || '/')
  })
}
