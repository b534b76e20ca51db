/** Milliseconds of a day. */
const DAY = 86_400_000

/** Midnight, local time, of the day that `at` (ms since 1970) falls on. */
function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Building an Intl format costs far more than using it, and a list formats each of its rows. */
function format(locale: string | undefined, style: string, options: Intl.DateTimeFormatOptions) {
  const key = `${locale}|${style}`
  const kept = formats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(key, kept)
  return kept
}

/** The hour and minute of `at` (ms since 1970), as the reader's locale writes them: `14:05`. */
export function clock(at: number, locale?: string): string {
  return format(locale, 'clock', { hour: 'numeric', minute: '2-digit' }).format(at)
}

/** A day line: `Today`, `Yesterday`, `Monday` within a week, else `3 June`, with the year when it is another one. */
export function day(at: number, now: number, locale?: string): string {
  // Rounded, for the two days a year that have 23 or 25 hours.
  const ago = Math.round((midnight(now) - midnight(at)) / DAY)
  if (ago === 0) return 'Today'
  if (ago === 1) return 'Yesterday'
  if (ago > 1 && ago < 7) return format(locale, 'weekday', { weekday: 'long' }).format(at)
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) {
    return format(locale, 'date', { day: 'numeric', month: 'long' }).format(at)
  }
  return format(locale, 'full', { day: 'numeric', month: 'long', year: 'numeric' }).format(at)
}

/** How long ago, short, for a list's rows: `now`, `4 min`, then the clock, the weekday, the date. */
export function ago(at: number, now: number, locale?: string): string {
  const minutes = Math.floor((now - at) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min`
  const days = Math.round((midnight(now) - midnight(at)) / DAY)
  if (days === 0) return clock(at, locale)
  if (days === 1) return 'Yesterday'
  if (days < 7) return format(locale, 'short weekday', { weekday: 'short' }).format(at)
  return format(locale, 'short date', { day: 'numeric', month: 'short' }).format(at)
}

/** Date and time in full, for a tooltip. */
export function full(at: number, locale?: string): string {
  return format(locale, 'tooltip', { dateStyle: 'full', timeStyle: 'short' }).format(at)
}
