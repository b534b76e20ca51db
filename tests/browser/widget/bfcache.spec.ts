import { expect, type Page, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

test.use({
  // Playwright switches the back/forward cache off.
  launchOptions: async ({ launchOptions }, use) =>
    use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
})

/** `WebSocket.CLOSING`. */
const CLOSING = 2

/** Notes on the page itself that it was there before: gone when the page is loaded anew instead of restored. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { marked: true }))
const restored = (page: Page) => page.evaluate(() => 'marked' in window)

/** Why the browser did not restore the page, as far as it says. */
const reasons = (page: Page) =>
  page.evaluate(() => {
    const [entry] = performance.getEntriesByType('navigation')
    return JSON.stringify((entry as { notRestoredReasons?: unknown } | undefined)?.notRestoredReasons)
  })

test('a page with a live conversation is restored by the back button, and the conversation goes on', async ({
  page,
  shop,
  site,
}) => {
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Is there a lid for the casserole?')
  const agent = await shop.agent()
  const talk = await agent.hears('Is there a lid for the casserole?')
  await mark(page)
  // With the window closed, so that it has just told of something when the page is left.
  await page.keyboard.press('Escape')
  await talk.say('Let me have a look.')
  await expect(page.getByRole('button', { name: 'Open chat, 1 unread message' })).toBeVisible()
  await page.goto(site.page(shop, 'bare'))
  await talk.say('There is, from next week on.')
  await page.goBack({ waitUntil: 'commit' })
  expect(await restored(page), await reasons(page)).toBe(true)
  await page.getByRole('button', { name: 'Open chat, 2 unread messages' }).click()
  await expect(guest.log).toContainText('There is, from next week on.')
  await guest.say('Then I will wait for it.')
  await talk.hears('Then I will wait for it.')
  await page.goForward({ waitUntil: 'commit' })
  await page.goBack({ waitUntil: 'commit' })
  expect(await restored(page), await reasons(page)).toBe(true)
  await talk.say('We will write to you.')
  await expect(guest.log).toContainText('We will write to you.')
  await expect.poll(guest.texts).toEqual((await shop.entries()).map(({ text }) => text))
})

test('a page that is left has no connection open, which many browsers would not keep it with', async ({
  page,
  shop,
  site,
}) => {
  await page.addInitScript(() => {
    const sockets: WebSocket[] = []
    Object.assign(window, { sockets })
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        sockets.push(this)
      }
    }
  })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await visitor(page).say('Do you sell glaze as well?')
  await expect(page.getByRole('img', { name: 'Sent' })).toBeVisible()
  // Listens last, behind whatever the widget does.
  await page.evaluate(() => {
    const { sockets } = window as unknown as { sockets: WebSocket[] }
    const note = () => sessionStorage.setItem('left', sockets.map(({ readyState }) => readyState).join())
    addEventListener('pagehide', note)
  })
  await page.goto(site.page(shop, 'bare'))
  const left = await page.evaluate(() => sessionStorage.getItem('left')?.split(',').map(Number))
  expect(left?.length).toBeGreaterThan(0)
  expect(left?.every(state => state >= CLOSING)).toBe(true)
})
