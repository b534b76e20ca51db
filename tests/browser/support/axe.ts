import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type axe from 'axe-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong with a page as it stands, or with what `within` selects; shadow roots included. */
export async function violations(page: Page, within = 'html'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    // Not as a script element: the pages' policies rightly refuse what is not theirs.
    const session = await page.context().newCDPSession(page)
    await session.send('Runtime.evaluate', { expression: await readFile(AXE, 'utf8') })
  }
  return page.evaluate(async within => {
    const { axe: checker } = window as unknown as { axe: typeof axe }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await checker.run({ include: [within] }, { runOnly: tags, iframes: false })
    return violations.flatMap(found => found.nodes.map(node => `${found.id}: ${node.target.join(' ')}`))
  }, within)
}
