import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'

/** The window's ground, and the text in it. */
const colors = (page: Page) =>
  page.getByRole('dialog').evaluate(element => {
    const { backgroundColor, color } = getComputedStyle(element)
    return [backgroundColor, color]
  })

const LIGHT = ['rgb(255, 255, 255)', 'rgb(15, 23, 42)']
const DARK = ['rgb(17, 24, 39)', 'rgb(232, 237, 245)']

test('light, dark, or as the system is: by setting, by call, and on the next page at once', async ({
  page,
  shop,
  site,
}) => {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect.poll(() => colors(page)).toEqual(DARK)
  await page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(() => colors(page)).toEqual(LIGHT)

  await shop.configure({ settings: { theme: 'dark' } })
  await page.reload()
  await expect.poll(() => colors(page)).toEqual(DARK)
  const theme = (name: string) =>
    page.evaluate(
      wanted =>
        (window as unknown as { chatdesk: (...args: unknown[]) => unknown }).chatdesk('setTheme', wanted),
      name,
    )
  await theme('light')
  await expect.poll(() => colors(page)).toEqual(LIGHT)
  await theme('auto')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(() => colors(page)).toEqual(DARK)
})

/** The contrast ratio of two colours by WCAG, given as `rgb(…)`. */
function contrast(one: string, other: string): number {
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(part => {
      const share = Number(part) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

for (const color of ['#FFEE00', '#FFFFFF', '#000000', '#7F7F7F', '#FF6B6B', '#00C2A8']) {
  test(`whatever the organization's colour, its texts can be read: ${color}`, async ({
    page,
    shop,
    site,
  }) => {
    await shop.configure({ settings: { primary_color: color, position: 'bottom-left' } })
    await shop.agent()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.goto(site.page(shop, 'plain'))
      if (colorScheme === 'light') await page.getByRole('button', { name: 'Open chat' }).click()
      const pairs = await page.locator('.header').evaluate(header => {
        const root = header.getRootNode() as ShadowRoot
        const bubble = root.querySelector('.bubble') as Element
        return [header, bubble].map(element => {
          const { color, backgroundColor } = getComputedStyle(element)
          return [color, backgroundColor] as const
        })
      })
      const [header, bubble] = pairs.map(([text, ground]) => contrast(text, ground))
      expect(header).toBeGreaterThanOrEqual(4.5)
      expect(bubble).toBeGreaterThanOrEqual(3)
    }
    const box = await page.getByRole('dialog').boundingBox()
    expect(box?.x).toBe(20)
  })
}
