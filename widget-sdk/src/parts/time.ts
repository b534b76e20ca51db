import { locale } from '../words/words.ts'

/** Milliseconds of a day. */
const DAY = 86_400_000

/** Midnight, local time, of the day that `at` (ms since 1970) falls on. */
function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Building an Intl format costs far more than using it, and a list formats each of its rows. */
export function format(tag: string, style: string, options: Intl.DateTimeFormatOptions) {
  const key = `${tag}|${style}`
  const kept = formats.get(key) ?? new Intl.DateTimeFormat(tag, options)
  formats.set(key, kept)
  return kept
}

/** What stands by itself begins with a capital letter, where a language has them. */
export function capital(text: string, tag: string): string {
  return text.charAt(0).toLocaleUpperCase(tag) + text.slice(1)
}

/** `Today`, `Yesterday`, `Now`, as a language says it. */
export function relative(count: number, unit: 'day' | 'second', tag: string): string {
  return new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }).format(count, unit)
}

/** The hour and minute of `at` (ms since 1970), as the reader's locale writes them: `14:05`. */
export function clock(at: number, tag = locale()): string {
  return format(tag, 'clock', { hour: 'numeric', minute: '2-digit' }).format(at)
}

/** How many days before that of `now` the day of `at` is; both ms since 1970. */
export function daysAgo(at: number, now: number): number {
  // Rounded, for the two days a year that have 23 or 25 hours.
  return Math.round((midnight(now) - midnight(at)) / DAY)
}

/** A day line: `Today`, `Yesterday`, `Monday` within a week, else `3 June`, with the year when it is another one. */
export function day(at: number, now: number, tag = locale()): string {
  const ago = daysAgo(at, now)
  if (ago === 0 || ago === 1) return capital(relative(-ago, 'day', tag), tag)
  if (ago > 1 && ago < 7) return capital(format(tag, 'weekday', { weekday: 'long' }).format(at), tag)
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) {
    return format(tag, 'date', { day: 'numeric', month: 'long' }).format(at)
  }
  return format(tag, 'full', { day: 'numeric', month: 'long', year: 'numeric' }).format(at)
}

/** Date and time in full, for a tooltip. */
export function full(at: number, tag = locale()): string {
  return format(tag, 'tooltip', { dateStyle: 'full', timeStyle: 'short' }).format(at)
}
