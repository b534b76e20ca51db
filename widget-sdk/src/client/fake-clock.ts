import type { Clock } from './clock.ts'

interface Timer {
  at: number
  run: () => void
}

/** A clock that a test turns. Its chance is fixed: set `chance` to choose it. */
export class FakeClock implements Clock {
  time = 1_700_000_000_000
  chance = 0.5
  #timers: Timer[] = []

  now = () => this.time
  random = () => this.chance

  after = (ms: number, run: () => void) => {
    const timer = { at: this.time + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  /** How long until the next timer, in milliseconds; undefined without one. */
  get next(): number | undefined {
    const due = Math.min(...this.#timers.map(timer => timer.at))
    return Number.isFinite(due) ? due - this.time : undefined
  }

  get timers(): number {
    return this.#timers.length
  }

  /** Lets `ms` pass: runs what is due, in order, and lets `settle` finish what each timer set off. */
  async advance(ms: number, settle: () => Promise<void> = async () => {}): Promise<void> {
    const end = this.time + ms
    await settle()
    for (;;) {
      const due = this.#timers.filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers = this.#timers.filter(timer => timer !== due)
      this.time = Math.max(this.time, due.at)
      due.run()
      await settle()
    }
    this.time = end
  }
}
