import type { Availability, BusinessHours } from '../client/index.ts'
import { nextOpening, openNow } from './hours.ts'
import type { ChatView } from './view.ts'

/** How often hours are looked at: they begin and end with a minute. */
const MINUTE = 60_000

/** Follows whether somebody is there to answer: one who is online, within the hours. */
export class Answering {
  readonly #changed: (now: Pick<ChatView, 'online' | 'opens'>) => void
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `changed` is told at each `set`, and as minutes pass. */
  constructor(changed: (now: Pick<ChatView, 'online' | 'opens'>) => void) {
    this.#changed = changed
  }

  set(availability: Availability, hours: BusinessHours | undefined): void {
    const now = Date.now()
    this.close()
    if (hours) this.#timer = setTimeout(() => this.set(availability, hours), MINUTE - (now % MINUTE))
    this.#changed({ online: availability.online && openNow(hours, now), opens: nextOpening(hours, now) })
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
