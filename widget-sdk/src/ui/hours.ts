/** When somebody is there to answer, by the organization's own clock. */
export interface Hours {
  /** IANA's name of where that clock hangs: `Europe/Berlin`. */
  time_zone: string
  /** By day of the week (Sunday is 0), from when to when; `24:00` is the day's end. */
  days: readonly { day: number; from: string; to: string }[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const clocks = new Map<string, Intl.DateTimeFormat>()

/** What a zone's clock shows at `at`, as the moment at which UTC's would show the same, whole minutes; both ms since 1970. */
function shown(zone: string, at: number): number {
  let clock = clocks.get(zone)
  if (!clock) {
    const [year, month, day, hour, minute] = Array<'numeric'>(5).fill('numeric')
    clock = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year, month, day, hour, minute },
    } as Intl.DateTimeFormatOptions)
    clocks.set(zone, clock)
  }
  const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
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
export function openNow(hours: Hours | undefined, at: number): boolean {
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
export function nextOpening(hours: Hours | undefined, at: number): number | undefined {
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
