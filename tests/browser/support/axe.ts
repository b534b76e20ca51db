import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults, RunOptions } from 'axe-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Brings axe to every page that is opened from here on: past the pages' policies, which rightly refuse what is not theirs. */
export async function withAxe(page: Page): Promise<void> {
  await page.addInitScript({ path: AXE })
}

/** What axe finds wrong with the widget as it stands, in words; `rules`: with these alone. */
export async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const { violations } = await page.evaluate(
    async ([tags, only]) => {
      const { axe } = window as unknown as { axe: { run(on: unknown, how: RunOptions): Promise<AxeResults> } }
      const runOnly = only ?? tags
      return axe.run({ include: ['chatdesk-widget'] }, { runOnly, resultTypes: ['violations'] })
    },
    [TAGS, rules] as const,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.flat().join(' ')}: ${failureSummary}`),
  )
}

/** What can be pressed and is smaller than 24 by 24 pixels, by name; links within a text may be. */
export function small(page: Page): Promise<string[]> {
  return page.locator('chatdesk-widget').evaluate(host => {
    const found: string[] = []
    const all =
      host.shadowRoot?.querySelectorAll<HTMLElement>('button, input, select, textarea, a, [role=option]') ??
      []
    for (const element of all) {
      if (
        !element.checkVisibility() ||
        element.closest('[inert]') ||
        getComputedStyle(element).display === 'inline'
      )
        continue
      // A box is pressed by its label as well.
      const target = element.closest('label') ?? element
      const { width, height } = target.getBoundingClientRect()
      const name = `${element.tagName.toLowerCase()}.${element.className} ${element.getAttribute('aria-label') ?? element.textContent}`
      if (width < 24 || height < 24) found.push(`${name.trim()}: ${width}x${height}`)
    }
    return found
  })
}
