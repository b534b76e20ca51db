import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults, RunOptions } from 'axe-core'
import { expect, test } from '../support/fixtures.ts'

/** Where the pictures go; without it none are taken, and each state is looked at in fewer ways. */
const PICTURES = process.env.CHATDESK_SCREENSHOTS

const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 800 }

interface Way {
  name: string
  viewport: typeof PHONE
  theme: string
  lang: string
}

const way = (size: 'phone' | 'desktop', theme: string, lang = 'en'): Way => {
  const viewport = size === 'phone' ? PHONE : DESKTOP
  return { name: `${size}-${theme}${lang === 'en' ? '' : `-${lang}`}`, viewport, theme, lang }
}

/** How states are looked at: both sizes and both themes each once, or all that there is. */
const WAYS = PICTURES
  ? [
      way('desktop', 'light'),
      way('desktop', 'dark'),
      way('phone', 'light'),
      way('phone', 'dark'),
      way('desktop', 'light', 'ar'),
      way('phone', 'dark', 'ar'),
    ]
  : [way('desktop', 'light'), way('phone', 'dark')]

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds in the widget, in words. */
async function violations(page: Page): Promise<string[]> {
  const results = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(on: unknown, how: RunOptions): Promise<AxeResults> } }
    return axe.run({ include: ['chatdesk-widget'] }, { resultTypes: ['violations'] })
  })
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.flat().join(' ')}: ${failureSummary}`),
  )
}

for (const { name, viewport, theme, lang } of WAYS) {
  test(`every state of the widget comes about, and axe finds nothing in it: ${name}`, async ({
    browser,
    gateway,
  }) => {
    test.setTimeout(240_000)
    // Axe comes as an injected script: the page's policy is for what a site brings.
    const context = await browser.newContext({ viewport, bypassCSP: true, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.goto(`${gateway.url}/demo/gallery`)
    const states = await page
      .locator('[data-state]')
      .evaluateAll(cards => cards.map(card => (card as HTMLElement).dataset.state ?? ''))
    expect(states.length).toBeGreaterThan(30)
    await context.addInitScript({ path: AXE })
    const found: string[] = []
    for (const state of states) {
      await page.goto(`${gateway.url}/demo/gallery?${new URLSearchParams({ state, theme, lang })}`)
      const ready = await page
        .waitForFunction(() => document.documentElement.dataset.ready)
        .then(it => it.jsonValue())
      if (ready !== 'yes') found.push(`${state}: ${ready}`)
      if (PICTURES) await page.screenshot({ path: `${PICTURES}/${state}.${name}.png` })
      for (const violation of await violations(page)) found.push(`${state}: ${violation}`)
    }
    await context.close()
    expect(found).toEqual([])
  })
}
