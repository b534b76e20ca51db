import type { WireError } from './wire.ts'

/** A request that did not succeed; `error` says what went wrong and whether it may succeed later. */
export class RequestError extends Error {
  readonly error: WireError

  constructor(error: WireError) {
    super(error.text)
    this.name = 'RequestError'
    this.error = error
  }
}

/** How long to wait before a request that the connection failed is tried again, in milliseconds. */
const OFFLINE_RETRY_MS = 1_000

/** What a request fails with while there is no connection, or when it goes before the answer came. */
export function offline(): WireError {
  return { code: 'unavailable', retryable: true, retry_ms: OFFLINE_RETRY_MS, text: 'there is no connection' }
}

/** An error of this side's own, final, in the gateway's words. */
export function refused(code: WireError['code'], text: string, field?: string): WireError {
  return { code, retryable: false, retry_ms: 0, text, ...(field && { field }) }
}
