// Who sits at this console. The login's cookie is the browser's, not the tab's: each tab is told of what another one does.

import type { Me, MemberId, OrganizationId } from '@chatdesk/widget/client'
import { signal } from '@preact/signals'
import * as api from './api.ts'
import { go } from './routes.ts'

/** Who is logged in; null for nobody, undefined while that is not known. */
export const account = signal<Me | null | undefined>(undefined)
/** Why it is not known. */
export const accountError = signal<unknown>(undefined)

/** Tells other tabs who is logged in from now on. */
const tabs = new BroadcastChannel('chatdesk:console:account')

tabs.onmessage = ({ data }: MessageEvent<MemberId | null>) => {
  const here = account.peek()
  if (here === undefined || (here?.member.id ?? null) === data) return
  if (data === null) account.value = null
  else void load()
}

/** Asks the gateway who is logged in. */
export async function load(): Promise<void> {
  accountError.value = undefined
  try {
    account.value = (await api.me()) ?? null
  } catch (error) {
    accountError.value = error
  }
}

/** Somebody logged in, in this tab. */
export function enter(me: Me): void {
  account.value = me
  tabs.postMessage(me.member.id)
}

/** Goes to another organization of the same person, unless the page has something to keep; tells whether it did. */
export async function change(organization: OrganizationId): Promise<boolean> {
  // What is shown here is not there.
  if (!(await go('/'))) return false
  enter(await api.switchTo(organization))
  return true
}

/** The session turned out to be over: shows the login again. */
export function expire(): void {
  account.value = null
}

/** Ends the session here and at the gateway, unless the page has something to keep. */
export async function leave(): Promise<void> {
  // Whoever logs in next begins at the inbox, not where this one was.
  if (!(await go('/'))) return
  await api.logout()
  account.value = null
  tabs.postMessage(null)
}
