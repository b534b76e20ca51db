import type { Locator, Page } from '@playwright/test'
import { violations, withAxe } from '../support/axe.ts'
import { expect, test } from '../support/fixtures.ts'
import type { Organization } from '../support/organization.ts'
import type { Site } from '../support/site.ts'

/** Opens the window, and gives the field. */
async function open(page: Page, shop: Organization, site: Site): Promise<Locator> {
  await shop.agent()
  await withAxe(page)
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  return page.getByRole('dialog').getByRole('textbox', { name: 'Message' })
}

const picker = (page: Page) => page.getByRole('dialog', { name: 'Emoji' })
const cell = (page: Page, name: string) => picker(page).getByRole('gridcell', { name, exact: true })

test('an emoji is found by a word and put where the caret is, by keyboard alone', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const asked: string[] = []
  page.on('request', request => asked.push(new URL(request.url()).pathname))
  const field = await open(page, shop, site)
  expect(
    asked.filter(path => /\/(picker|emoji)-/.test(path)),
    'nothing of it is loaded before',
  ).toEqual([])
  await field.pressSequentially('Thank you!')
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Emoji' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(picker(page).getByRole('searchbox')).toBeFocused()
  await page.keyboard.type('party')
  await expect(cell(page, 'party popper')).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await expect(picker(page).getByRole('gridcell').first()).toBeFocused()
  while (!(await cell(page, 'party popper').evaluate(one => one.matches(':focus')))) {
    await page.keyboard.press('ArrowRight')
  }
  await page.keyboard.press('Enter')
  await expect(picker(page)).toHaveCount(0)
  await expect(field).toBeFocused()
  await expect(field).toHaveValue('Thank🎉 you!')
  await page.keyboard.type('🙌')
  await expect(field, 'what is written next stands behind it').toHaveValue('Thank🎉🙌 you!')
  expect(problems).toEqual([])
})

test('groups, lines and cells are gone through with arrow keys; Escape goes back to the field', async ({
  page,
  shop,
  site,
}) => {
  const field = await open(page, shop, site)
  await page.getByRole('button', { name: 'Emoji' }).click()
  await expect(cell(page, 'grinning face')).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(picker(page).getByRole('combobox', { name: 'Skin tone' })).toBeFocused()
  await page.keyboard.press('Tab')
  const tab = (name: string) => picker(page).getByRole('tab', { name })
  await expect(tab('Smileys and feelings')).toBeFocused()
  await page.keyboard.press('End')
  await expect(tab('Flags')).toHaveAttribute('aria-selected', 'true')
  await expect(cell(page, 'Finland')).toBeAttached()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await expect(tab('People and gestures')).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Tab')
  const cells = picker(page).getByRole('gridcell')
  await expect(cells.nth(0)).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(cells.nth(8)).toBeFocused()
  await page.keyboard.press('End')
  await expect(cells.nth(15)).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(cells.nth(7)).toBeFocused()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowLeft')
  await expect(cells.nth(0), 'there is nothing before the first').toBeFocused()
  await page.keyboard.press('ArrowRight')
  expect(await cells.evaluateAll(all => all.filter(one => (one as HTMLElement).tabIndex === 0).length)).toBe(
    1,
  )
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect(picker(page)).toHaveCount(0)
  await expect(field).toBeFocused()
  await expect(page.getByRole('dialog', { name: 'Chat' }), 'the window stays').toBeVisible()
})

test('a skin tone is chosen once, and what was used stands first, after a reload too', async ({
  page,
  shop,
  site,
}) => {
  const field = await open(page, shop, site)
  await page.getByRole('button', { name: 'Emoji' }).click()
  await expect(cell(page, 'grinning face')).toBeVisible()
  await picker(page).getByRole('combobox', { name: 'Skin tone' }).selectOption({ index: 4 })
  await picker(page).getByRole('searchbox').fill('thumbs up')
  await cell(page, 'thumbs up').click()
  await expect(field).toHaveValue('👍🏾')
  await page.getByRole('button', { name: 'Emoji' }).click()
  await picker(page).getByRole('searchbox').fill('people holding')
  await cell(page, 'people holding hands').click({ modifiers: ['Shift'] })
  await cell(page, 'people holding hands').click()
  await expect(field).toHaveValue('👍🏾🧑🏾‍🤝‍🧑🏾🧑🏾‍🤝‍🧑🏾')
  await page.reload()
  await page.getByRole('button', { name: 'Emoji' }).click()
  await expect(picker(page).getByRole('tab', { name: 'Recently used' })).toHaveAttribute(
    'aria-selected',
    'true',
  )
  await expect(picker(page).getByRole('gridcell')).toHaveText(['🧑🏾‍🤝‍🧑🏾', '👍🏾'])
  await expect(picker(page).getByRole('combobox', { name: 'Skin tone' })).toHaveValue('✋🏾')
})

test('emoji are found in the visitor’s language, flags by the country’s name in it', async ({
  page,
  shop,
  site,
}) => {
  await open(page, shop, site)
  await page.evaluate(() => {
    ;(window as unknown as { chatdesk: (...call: unknown[]) => void }).chatdesk('setLocale', 'de')
  })
  const search = page.locator('.cd-picker-search')
  await page.locator('.cd-tool[aria-expanded]').click()
  await expect(search).toHaveAttribute('placeholder', 'Emoji suchen')
  await search.fill('krone')
  await page.getByRole('gridcell', { name: 'Krone', exact: true }).click()
  await expect(page.locator('.cd-field')).toHaveValue('👑')
  await page.locator('.cd-tool[aria-expanded]').click()
  await search.fill('finnl')
  await expect(page.getByRole('gridcell', { name: 'Finnland' })).toHaveText('🇫🇮')
  await search.fill('xyzzy')
  await expect(page.getByRole('gridcell')).toHaveCount(0)
  await expect(page.locator('.cd-picker-none')).not.toBeEmpty()
})
