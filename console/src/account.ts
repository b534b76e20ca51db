// Who sits at this console.

import type { Me } from '@chatdesk/widget/client'
import { signal } from '@preact/signals'
import * as api from './api.ts'
import { go } from './routes.ts'

/** Who is logged in; null for nobody, undefined while that is not known. */
export const account = signal<Me | null | undefined>(undefined)
/** Why it is not known. */
export const accountError = signal<unknown>(undefined)

/** Asks the gateway who is logged in. */
export async function load(): Promise<void> {
  accountError.value = undefined
  try {
    account.value = (await api.me()) ?? null
  } catch (error) {
    accountError.value = error
  }
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
}
