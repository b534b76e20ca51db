import { type Browser, expect, type Page } from '@playwright/test'
import { small, violations, withAxe } from './axe.ts'

export const PHONE = { width: 390, height: 844 }
export const DESKTOP = { width: 1280, height: 800 }
const PICTURES = process.env.CHATDESK_SCREENSHOTS

/** A form with a field of each sort that looks different. */
export const FORM = {
  enabled: true,
  fields: [
    { key: 'name', label: 'Your name', kind: 'text' as const, required: true },
    { key: 'email', label: 'E-mail', kind: 'email' as const, required: true },
    { key: 'size', label: 'Size', kind: 'select' as const, required: false, options: ['Small', 'Large'] },
    { key: 'terms', label: 'I agree', kind: 'checkbox' as const, required: true },
  ],
}

/** Sees to it that axe finds nothing, and that whatever can be pressed is large enough. */
export async function expectClean(page: Page, where: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/access ${where}.png` })
  expect(await violations(page), where).toEqual([])
  expect(await small(page), where).toEqual([])
}

/** A page that moves nothing, with axe on it. */
export async function newPage(browser: Browser, options: Parameters<Browser['newPage']>[0]): Promise<Page> {
  const page = await browser.newPage({ reducedMotion: 'reduce', ...options })
  await withAxe(page)
  return page
}
