import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Browser, chromium } from '@playwright/test'
import lighthouse from 'lighthouse'
import { expect, test } from '../support/fixtures.ts'
import { Mirror } from '../support/mirror.ts'

/** Runs of each page: the median counts, for one run alone says little. Odd, so that it is one of them. */
const RUNS = 3
/** Runs of each page at most: when a bound is passed, it is measured again, for the machine may have been busy. */
const RUNS_MAX = 9
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const
/** Points by which no score may differ, of 100. */
const POINTS = 1
/** What the widget may add to the total blocking time, in milliseconds. */
const BLOCKING_MS = 20

/** What one run, or the median of several, came to. */
interface Measured {
  scores: number[]
  /** Cumulative layout shift. */
  shift: number
  /** Total blocking time, in milliseconds. */
  blocking: number
  /** Largest contentful paint, in milliseconds. */
  paint: number
  /** Bytes over the wire. */
  weight: number
  /** The audits that did not pass and count, by their names. */
  faults: string[]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A Chromium of the run's own, so that nothing is cached and no other test's page is in it. */
async function launch(): Promise<{ browser: Browser; port: number }> {
  const port = await freePort()
  const { launchOptions } = test.info().project.use
  const args = [...(launchOptions?.args ?? []), `--remote-debugging-port=${port}`]
  return { browser: await chromium.launch({ ...launchOptions, args }), port }
}

async function measure(url: string): Promise<Measured> {
  const { browser, port } = await launch()
  try {
    // As it comes: a phone, its network and processor simulated. That computes from what was observed, and so differs
    // less from run to run than a processor that is really slowed down.
    const result = await lighthouse(url, { port, logLevel: 'silent', onlyCategories: [...CATEGORIES] })
    if (!result) throw new Error(`Lighthouse said nothing of ${url}`)
    const { categories, audits, runtimeError } = result.lhr
    if (runtimeError) throw new Error(`Lighthouse: ${runtimeError.message}`)
    const number = (audit: string) => audits[audit]?.numericValue ?? Number.NaN
    return {
      scores: CATEGORIES.map(category => Math.round((categories[category]?.score ?? Number.NaN) * 100)),
      shift: number('cumulative-layout-shift'),
      blocking: number('total-blocking-time'),
      paint: number('largest-contentful-paint'),
      weight: number('total-byte-weight'),
      faults: Object.values(categories)
        .flatMap(({ auditRefs }) => auditRefs)
        .filter(
          ({ id, weight }) =>
            weight > 0 && audits[id]?.scoreDisplayMode === 'binary' && audits[id]?.score === 0,
        )
        .map(({ id }) => id),
    }
  } finally {
    await browser.close()
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function summed(runs: readonly Measured[]): Measured {
  const of = (value: (run: Measured) => number) => median(runs.map(value))
  return {
    scores: CATEGORIES.map((_, index) => of(run => run.scores[index] ?? Number.NaN)),
    shift: of(run => run.shift),
    blocking: of(run => run.blocking),
    paint: of(run => run.paint),
    weight: of(run => run.weight),
    faults: runs[0]?.faults ?? [],
  }
}

function table(runs: number, without: Measured, with_: Measured): string {
  const rows: [string, (run: Measured) => string][] = [
    ...CATEGORIES.map((name, index): [string, (run: Measured) => string] => [
      name,
      run => String(run.scores[index]),
    ]),
    ['layout shift', run => run.shift.toFixed(3)],
    ['blocking time, ms', run => run.blocking.toFixed(0)],
    ['largest paint, ms', run => run.paint.toFixed(0)],
    ['bytes', run => String(run.weight)],
  ]
  const line = (name: string, a: string, b: string) => `${name.padEnd(20)}${a.padStart(10)}${b.padStart(10)}`
  const lines = rows.map(([name, value]) => line(name, value(without), value(with_)))
  return [line(`demo, ${runs} runs`, 'without', 'with'), ...lines].join('\n')
}

/** What the widget makes worse than it may, in words. */
function excesses(without: Measured, with_: Measured): string[] {
  const found: string[] = []
  for (const [index, category] of CATEGORIES.entries()) {
    const difference = Math.abs((with_.scores[index] ?? Number.NaN) - (without.scores[index] ?? Number.NaN))
    if (!(difference <= POINTS)) found.push(`${category}: ${difference} points`)
  }
  const added = with_.blocking - without.blocking
  if (!(added < BLOCKING_MS)) found.push(`blocking time: ${added} ms more`)
  if (with_.shift !== 0) found.push(`layout shift: ${with_.shift}`)
  for (const fault of with_.faults) if (!without.faults.includes(fault)) found.push(`does not pass: ${fault}`)
  return found
}

test('Lighthouse sees no difference between the demo with and without the widget', async ({ gateway }) => {
  test.setTimeout(RUNS_MAX * 60_000)
  const mirrors = [await Mirror.start(gateway.url, false), await Mirror.start(gateway.url, true)] as const
  const runs: [Measured[], Measured[]] = [[], []]
  let found: string[] = []
  while (runs[0].length < RUNS || (found.length > 0 && runs[0].length < RUNS_MAX)) {
    // By turns, so that whatever else the machine does meets both.
    for (const index of [0, 1] as const) runs[index].push(await measure(`${mirrors[index].url}/demo`))
    found = excesses(summed(runs[0]), summed(runs[1]))
  }
  await Promise.all(mirrors.map(mirror => mirror.close()))
  console.log(table(runs[0].length, summed(runs[0]), summed(runs[1])))
  expect(found).toEqual([])
})
