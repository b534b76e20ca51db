import type { BusinessHours } from '../client/index.ts'
import { clock } from '../parts/index.ts'
import { locale, t } from '../words/words.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const clocks = new Map<string, Intl.DateTimeFormat>()

/** What a zone's clock shows at `at`, as the moment at which UTC's would show the same, whole minutes; both ms since 1970. */
function shown(zone: string, at: number): number {
  let wall = clocks.get(zone)
  if (!wall) {
    wall = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
    clocks.set(zone, wall)
  }
  const part = Object.fromEntries(wall.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute)
}

/** When a zone's clock first shows `wall`. An hour that it skips in spring counts from the hour behind it. */
function moment(zone: string, wall: number): number {
  let at = wall
  // The first round may land on the other side of a change of the clocks.
  for (let round = 0; round < 2; round++) at += wall - shown(zone, at)
  // In autumn an hour comes twice.
  return shown(zone, at - HOUR) === wall ? at - HOUR : at
}

/** `HH:MM` as milliseconds since midnight. */
function sinceMidnight(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return hours * HOUR + minutes * MINUTE
}

/** Whether `at` (ms since 1970) lies within the hours. Without any, or in a zone that this browser does not know, always. */
export function openNow(hours: BusinessHours | undefined, at: number): boolean {
  if (!hours) return true
  try {
    const wall = shown(hours.time_zone, at)
    const time = wall % DAY
    const today = new Date(wall).getUTCDay()
    return hours.days.some(
      ({ day, from, to }) => day === today && sinceMidnight(from) <= time && time < sinceMidnight(to),
    )
  } catch {
    return true
  }
}

/** When, after `at`, it opens next (ms since 1970); undefined while it is open, or when it never does. */
export function nextOpening(hours: BusinessHours | undefined, at: number): number | undefined {
  if (!hours || openNow(hours, at)) return undefined
  const wall = shown(hours.time_zone, at)
  const midnight = wall - (wall % DAY)
  const openings = Array.from({ length: 8 }, (_, ahead) => midnight + ahead * DAY).flatMap(day =>
    hours.days
      .filter(interval => interval.day === new Date(day).getUTCDay())
      .map(({ from }) => moment(hours.time_zone, day + sinceMidnight(from))),
  )
  const first = Math.min(...openings.filter(opening => opening > at))
  return Number.isFinite(first) ? first : undefined
}

/** When it opens next, as the visitor's own clock and calendar have it, if it is closed at `now`. */
export function backAt(hours: BusinessHours | undefined, now: number): string | undefined {
  const opens = nextOpening(hours, now)
  if (opens === undefined) return undefined
  const [there, here] = [opens, now].map(at => new Date(at).setHours(0, 0, 0, 0)) as [number, number]
  // Rounded, for the two days a year that have 23 or 25 hours.
  const days = Math.round((there - here) / DAY)
  const time = clock(opens)
  if (days < 2) return t(days < 1 ? 'away.today' : 'away.tomorrow', { time })
  return t('away.day', { time, day: new Intl.DateTimeFormat(locale(), { weekday: 'long' }).format(opens) })
}
