/** The bound of the wait before the first further attempt, in milliseconds. */
export const BACKOFF_MIN_MS = 250
/** The bound that it grows to, in milliseconds. */
export const BACKOFF_MAX_MS = 20_000

/**
 * How long to wait before attempt number `attempt` (from 0), in milliseconds: anything below a bound that doubles each
 * time. Full jitter, so that clients that a gateway lost together do not come back together.
 */
export function backoff(attempt: number, random: () => number): number {
  return random() * Math.min(BACKOFF_MAX_MS, 2 ** attempt * BACKOFF_MIN_MS)
}
