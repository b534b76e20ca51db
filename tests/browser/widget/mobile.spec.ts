import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true })

test('on a phone the window is all there is, also under its menu, lists and questions', async ({
  page,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).tap()
  const dialog = page.getByRole('dialog', { name: 'Chat' })
  await expect.poll(() => dialog.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 844 })
  // No bubble over the composer.
  await expect(page.locator('.bubble')).toBeHidden()
  const guest = visitor(page)
  await guest.say('From the tram')
  const talk = await agent.hears('From the tram')
  await page.getByRole('button', { name: 'Menu' }).tap()
  const menu = page.getByRole('menu')
  const box = await menu.boundingBox()
  expect(box?.x).toBeGreaterThanOrEqual(0)
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390)
  // There is nothing larger than the screen.
  await expect(menu.getByRole('menuitem', { name: 'Larger window' })).toBeHidden()
  await menu.getByRole('menuitem', { name: 'End chat' }).tap()
  await page.getByRole('dialog', { name: 'End this chat?' }).getByRole('button', { name: 'End chat' }).tap()
  await talk.until('the end', ({ items }) => items.some(({ entry }) => entry.content.status === 'resolved'))
  const star = page.locator('.star').nth(2)
  await star.tap()
  await page.getByRole('button', { name: 'Send rating' }).tap()
  await talk.until('the rating', ({ items }) => items.some(({ entry }) => entry.content.rating?.score === 3))
  await page.getByRole('button', { name: 'Close chat' }).tap()
  await expect(dialog).toBeHidden()
  await expect(page.locator('.bubble')).toBeVisible()
  // Nothing of it moved the page, and the page can be scrolled as before.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
})

test('what is written stays in sight above the keyboard', async ({ page, shop, site }) => {
  await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).tap()
  const guest = visitor(page)
  for (let i = 1; i <= 14; i++) await guest.say(`Line ${i}`)
  const field = page.getByRole('textbox', { name: 'Message' })
  // A keyboard that lies over the page: what is left to be seen is smaller, and may begin further down.
  await page.evaluate(() => {
    const area = window.visualViewport as VisualViewport
    Object.defineProperty(area, 'height', { configurable: true, value: 420 })
    Object.defineProperty(area, 'offsetTop', { configurable: true, value: 60 })
    area.dispatchEvent(new Event('resize'))
  })
  const dialog = page.getByRole('dialog', { name: 'Chat' })
  await expect.poll(() => dialog.boundingBox()).toEqual({ x: 0, y: 60, width: 390, height: 420 })
  const box = await field.boundingBox()
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(480)
  await expect(page.getByText('Line 14')).toBeInViewport()
})
