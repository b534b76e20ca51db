import { locale } from '../words/words.ts'
import { capital, clock, daysAgo, format, relative } from './time.ts'

/** How long ago, short, for a list's rows: `now`, `4 min`, then the clock, the weekday, the date. */
export function ago(at: number, now: number, tag = locale()): string {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return relative(0, 'second', tag)
  if (minutes < 60) return minutes.toLocaleString(tag, { style: 'unit', unit: 'minute' })
  const days = daysAgo(at, now)
  if (days === 0) return clock(at, tag)
  if (days === 1) return capital(relative(-1, 'day', tag), tag)
  if (days < 7) return format(tag, 'weekday-short', { weekday: 'short' }).format(at)
  return format(tag, 'date-short', { day: 'numeric', month: 'short' }).format(at)
}
