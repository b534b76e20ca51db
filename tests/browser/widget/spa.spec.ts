import type { Page } from '@playwright/test'
import { ask, snippet } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import type { Organization } from '../support/organization.ts'
import { visitor } from '../support/people.ts'

/** The pages that the agents know a visitor to have seen, first to last: address and title. */
async function seen(shop: Organization, page: Page): Promise<string[]> {
  const agent = await shop.agent()
  const id = String(await ask(page, 'get', 'visitor'))
  const { pages } = await agent.client.request('profile', { visitor: id })
  agent.close()
  return pages.map(({ page: { url = '', title } }) => `${url.split('/').at(-1)} ${title}`).reverse()
}

const MUGS = 'mugs Mugs, Kiln & Fern'

async function walk(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Mugs' }).click()
  await expect(page).toHaveTitle(/Mugs/)
}

for (const modern of [true, false]) {
  const where = modern ? 'by the Navigation API' : 'where there is no Navigation API'
  test(`pages of an application are told of with their titles, ${where}`, async ({ page, shop, site }) => {
    if (!modern)
      await page.addInitScript(() => Object.defineProperty(window, 'navigation', { value: undefined }))
    const told = await snippet(page, ['connection'])
    await page.goto(site.page(shop, 'spa'))
    await expect.poll(() => told.of('connection').at(-1)).toEqual({ state: 'online' })
    const native = () =>
      page.evaluate(() => /\[native code\]/.test(Function.prototype.toString.call(history.pushState)))
    expect(await native()).toBe(modern)
    await walk(page)
    await expect.poll(() => seen(shop, page)).toEqual(['spa Kiln & Fern', MUGS])
    // A jump within the page is none, and the way back is one.
    await page.getByRole('link', { name: 'Care' }).click()
    await page.goBack()
    await page.goBack()
    await expect(page).toHaveURL(/spa$/)
    await expect.poll(() => seen(shop, page)).toEqual(['spa Kiln & Fern', MUGS, 'spa spa, Kiln & Fern'])
    await ask(page, 'page', { url: 'https://kiln.example/by/hand', title: 'By hand' })
    await expect
      .poll(() => seen(shop, page))
      .toEqual(['spa Kiln & Fern', MUGS, 'spa spa, Kiln & Fern', 'hand By hand'])
    await ask(page, 'shutdown')
    expect(await native()).toBe(true)
  })
}

test('the conversation stays open while the application draws every page anew, body and all', async ({
  page,
  shop,
  site,
  problems,
}) => {
  await page.goto(site.page(shop, 'spa'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Still there?')
  await walk(page)
  await expect(guest.log).toContainText('Still there?')
  await guest.say('On the mugs now')
  await (await shop.agent()).hears('On the mugs now')
  await expect(page.locator('chatdesk-widget')).toHaveCount(1)
  expect(problems).toEqual([])
})
