import { readFile } from 'node:fs/promises'
import { ask } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

const PACKAGE = new URL('../../../widget-sdk/dist/npm/index.js', import.meta.url)

test('the package brings the widget under the strict policy, with what was called before it', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const warned: string[] = []
  page.on('console', message => message.type() === 'warning' && warned.push(message.text()))
  await page.route('**/package.js', async route =>
    route.fulfill({ contentType: 'text/javascript', body: await readFile(PACKAGE, 'utf8') }),
  )
  await page.goto(site.page(shop, 'package'))
  await expect(page.locator('body[data-ready]')).toBeVisible()
  await expect(page.locator('chatdesk-widget')).toHaveCount(1)
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('From a bundle')
  await page.keyboard.press('Enter')
  await (await shop.agent()).hears('From a bundle')
  await expect(guest.log).toContainText('From a bundle')
  // The page's global is the same command.
  expect(await ask(page, 'get', 'open')).toBe(true)
  expect(problems).toEqual([])
  expect(warned).toEqual([])
})

test('on a server the package does nothing', async () => {
  const { chatdesk, load } = await import(PACKAGE.href)
  expect(load({ gateway: 'https://chat.example', widgetKey: 'wk' })).toBe(chatdesk)
  expect(chatdesk('open')).toBeUndefined()
})
