/** Time and chance, as the client sees them: one seam, so that tests need neither real timers nor luck. */
export interface Clock {
  /** Milliseconds since 1970, by this machine's clock. */
  now(): number
  /** A number from 0 up to, but not, 1. */
  random(): number
  /** Runs `run` once, `ms` milliseconds from now, unless the returned function is called first. */
  after(ms: number, run: () => void): () => void
}

/** The longest delay that `setTimeout` takes: anything longer would fire at once. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, TIMEOUT_MAX_MS))
    return () => clearTimeout(timer)
  },
}
