/** The shortest wait before another attempt, in milliseconds. */
export const BACKOFF_MIN_MS = 250
/** The longest, in milliseconds. */
export const BACKOFF_MAX_MS = 20_000

/**
 * How long to wait before attempt number `attempt` (from 0), in milliseconds: anything between the minimum and a bound
 * that doubles each time. Full jitter, so that clients that a gateway lost together do not come back together.
 */
export function backoff(attempt: number, random: () => number): number {
  const bound = Math.min(BACKOFF_MAX_MS, 2 ** (attempt + 2) * BACKOFF_MIN_MS)
  return BACKOFF_MIN_MS + random() * (bound - BACKOFF_MIN_MS)
}
