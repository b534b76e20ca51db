import type { Clock } from './clock.ts'

const TIME_DIGITS = 9
const RANDOM_DIGITS = 8

/** Makes idempotency keys: unique, and one made later sorts later, even within a millisecond or if the clock is set back. */
export function clientIds(clock: Clock): () => string {
  let last = 0
  const chance = () => Math.floor(clock.random() * 36 ** RANDOM_DIGITS)
  const digits = (value: number, count: number) => value.toString(36).padStart(count, '0')
  return () => {
    last = Math.max(last + 1, clock.now())
    return digits(last, TIME_DIGITS) + digits(chance(), RANDOM_DIGITS) + digits(chance(), RANDOM_DIGITS)
  }
}
