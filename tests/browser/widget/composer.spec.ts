import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import type { Organization } from '../support/organization.ts'
import { visitor } from '../support/people.ts'
import type { Site } from '../support/site.ts'

async function open(page: Page, shop: Organization, site: Site) {
  await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  return { guest, field: page.getByRole('dialog').getByRole('textbox', { name: 'Message' }) }
}

test('Enter sends, Shift+Enter breaks the line, the field grows up to a limit and shrinks again', async ({
  page,
  shop,
  site,
}) => {
  const { guest, field } = await open(page, shop, site)
  const height = () => field.evaluate(element => element.clientHeight)
  const one = await height()
  await field.pressSequentially('One')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('Two')
  expect(await height()).toBeGreaterThan(one)
  await field.fill('line\n'.repeat(60))
  const most = await height()
  expect(most).toBeLessThanOrEqual(140)
  expect(await field.evaluate(element => element.scrollHeight)).toBeGreaterThan(most)
  await field.fill('One\nTwo')
  await page.keyboard.press('Enter')
  await expect(field).toHaveValue('')
  expect(await height()).toBe(one)
  await expect.poll(guest.texts).toEqual(['One\nTwo'])
})

test('an Enter that ends an input method’s composition chooses a word and sends nothing', async ({
  page,
  shop,
  site,
}) => {
  const { guest, field } = await open(page, shop, site)
  await field.focus()
  const session = await page.context().newCDPSession(page)
  await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
  await session.send('Input.dispatchKeyEvent', {
    type: 'rawKeyDown',
    key: 'Enter',
    code: 'Enter',
    windowsVirtualKeyCode: 229,
  })
  await session.send('Input.insertText', { text: '日本' })
  await expect(field).toHaveValue('日本')
  expect(await guest.texts()).toEqual([])
  await page.keyboard.press('Enter')
  await expect.poll(guest.texts).toEqual(['日本'])
})

test('the page puts a text into the field, which can be changed before it is sent', async ({
  page,
  shop,
  site,
}) => {
  const { guest, field } = await open(page, shop, site)
  await field.fill('Something else')
  await page.evaluate(() =>
    (window as unknown as { chatdesk: (...call: unknown[]) => void }).chatdesk('prefill', 'I want the fern'),
  )
  await expect(field).toHaveValue('I want the fern')
  await field.press('End')
  await field.pressSequentially(' in blue')
  await field.press('Enter')
  await expect.poll(guest.texts).toEqual(['I want the fern in blue'])
})

test('a text that is too long says by how much, and is not sent', async ({ page, shop, site }) => {
  const { guest, field } = await open(page, shop, site)
  await field.fill('x'.repeat(16_484))
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('100 bytes over the limit')
  await field.press('Enter')
  expect(await guest.texts()).toEqual([])
  await field.fill('x'.repeat(16_384))
  await expect(page.getByRole('dialog').getByRole('alert')).toHaveCount(0)
})

test('who has no buttons to press writes, attaches, picks and sends by Tab alone', async ({
  page,
  shop,
  site,
}) => {
  const { field } = await open(page, shop, site)
  await field.focus()
  for (const name of ['Attach files', 'Emoji', 'Send']) {
    await page.keyboard.press('Tab')
    await expect(page.getByRole('dialog').getByRole('button', { name })).toBeFocused()
  }
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Attach files' }).press('Enter')
  expect((await chooser).isMultiple()).toBe(true)
})
