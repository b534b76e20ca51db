import type { Availability, BusinessHours } from '../client/index.ts'
import type { ChatView } from './view.ts'

/** How often hours are looked at: they begin and end with a minute. */
const MINUTE = 60_000

/** Follows whether somebody is there to answer: one who is online, within the hours, if there are any. */
export class Answering {
  readonly #changed: (now: Pick<ChatView, 'online' | 'back'>) => void
  #clock: typeof import('./hours.ts') | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `changed` is told at each `set`, and as minutes pass. */
  constructor(changed: (now: Pick<ChatView, 'online' | 'back'>) => void) {
    this.#changed = changed
  }

  /** Makes ready for hours. What cannot be loaded closes nothing. */
  async load(): Promise<void> {
    this.#clock ??= await import('./hours.ts').catch(() => undefined)
  }

  set(availability: Availability, hours: BusinessHours | undefined): void {
    this.close()
    const now = Date.now()
    const clock = hours && this.#clock
    if (clock) this.#timer = setTimeout(() => this.set(availability, hours), MINUTE - (now % MINUTE))
    this.#changed({
      online: availability.online && (!clock || clock.openNow(hours, now)),
      back: clock?.backAt(hours, now),
    })
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
