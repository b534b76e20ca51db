import { DESKTOP, expectClean, FORM, newPage } from '../support/access.ts'
import { expect, test } from '../support/fixtures.ts'
import { misfits, windowOf } from '../support/spoken.ts'

test('at 400% of zoom everything is there and is scrolled one way only', async ({ page, shop, site }) => {
  await shop.configure({ form: FORM })
  await shop.agent()
  // A page of 1280 by 1024, four times as large.
  await page.setViewportSize({ width: 320, height: 256 })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const window = windowOf(page)
  await expect(window.getByLabel('Your name')).toBeFocused()
  expect(await misfits(window)).toEqual([])
  await expect(window.getByLabel('Your name')).toBeInViewport({ ratio: 1 })
  await window.getByRole('button', { name: 'Start chat' }).click()
  expect(await misfits(window)).toEqual([])
  await window.getByLabel('Your name').fill('Ada')
  await window.getByLabel('E-mail').fill('ada@mail.example')
  await window.getByLabel('I agree').check()
  await window.getByRole('button', { name: 'Start chat' }).click()
  const field = window.getByRole('textbox', { name: 'Message' })
  await field.fill(`Averylongwordthatdoesnotbreak${'o'.repeat(80)} and others\nand another line\nand another`)
  await expect(field).toBeInViewport({ ratio: 1 })
  await expect(window.getByRole('button', { name: 'Send' })).toBeInViewport({ ratio: 1 })
  await page.keyboard.press('Enter')
  await expect(window.getByRole('img', { name: 'Sent' })).toBeAttached()
  expect(await misfits(window)).toEqual([])
  expect(await window.evaluate(element => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
  // The conversation keeps a place to be read in.
  const log = await window.getByRole('log').boundingBox()
  expect(log?.height).toBeGreaterThan(60)
  await window.getByRole('button', { name: 'Menu' }).click()
  await expect(window.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('End')
  await expect(window.getByRole('menuitem', { name: 'End chat' })).toBeInViewport({ ratio: 1 })
})

test('nothing moves where that is not wanted', async ({ browser, shop, site }) => {
  const agent = await shop.agent()
  const page = await newPage(browser, { viewport: DESKTOP })
  await page.goto(site.page(shop, 'plain'))
  const moving = () =>
    page
      .locator('chatdesk-widget')
      .evaluate(
        host =>
          (host.shadowRoot?.getAnimations() ?? []).filter(({ playState }) => playState === 'running').length,
      )
  await page.getByRole('button', { name: 'Open chat' }).click()
  const window = windowOf(page)
  await expect(window).toBeVisible()
  expect(await moving()).toBe(0)
  await window.getByRole('textbox', { name: 'Message' }).fill('Hello')
  await page.keyboard.press('Enter')
  const talk = await agent.hears('Hello')
  talk.typing(true)
  await expect(window.getByRole('img', { name: /typing/ })).toBeVisible()
  expect(await moving()).toBe(0)
  await page.close()
})

test('in forced colours what can be pressed has an edge, and the states differ by more than a colour', async ({
  browser,
  shop,
  site,
}) => {
  await shop.agent()
  const page = await newPage(browser, { viewport: DESKTOP, forcedColors: 'active' })
  await page.goto(site.page(shop, 'plain'))
  const edged = (selector: string) =>
    page.locator(`chatdesk-widget ${selector}`).evaluate(element => {
      const { borderStyle, borderWidth, outlineStyle } = getComputedStyle(element)
      return (borderStyle !== 'none' && borderWidth !== '0px') || outlineStyle !== 'none'
    })
  await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible()
  expect(await edged('.bubble')).toBe(true)
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect(windowOf(page)).toBeVisible()
  for (const selector of ['.window', '.cd-send']) expect(await edged(selector), selector).toBe(true)
  await windowOf(page).getByRole('textbox', { name: 'Message' }).fill('Hello')
  await page.keyboard.press('Enter')
  await expect(windowOf(page).getByRole('img', { name: 'Sent' })).toBeVisible()
  expect(await edged('.cd-bubble')).toBe(true)
  await expectClean(page, 'forced colours')
  await page.close()
})
