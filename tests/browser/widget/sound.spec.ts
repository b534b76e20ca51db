import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

/** Notes each note that the page plays, in Hz, and each title that it shows, from before its first script on. */
async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const played: number[] = []
    const titles: string[] = []
    Object.assign(window, { played, titles })
    const start = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (this: OscillatorNode, when?: number) {
      played.push(this.frequency.value)
      start.call(this, when)
    }
    new MutationObserver(() => {
      if (titles.at(-1) !== document.title) titles.push(document.title)
    }).observe(document, { subtree: true, childList: true, characterData: true })
  })
}

const noted = (page: Page, what: 'played' | 'titles') =>
  page.evaluate(name => (window as unknown as Record<string, unknown[]>)[name] ?? [], what)

/** Makes the page believe that its tab is in the background, or in front again. */
const turn = (page: Page, state: 'hidden' | 'visible') =>
  page.evaluate(visibility => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: visibility })
    Object.defineProperty(document, 'hasFocus', { configurable: true, value: () => visibility === 'visible' })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)

test('a message that nobody sees is heard, unless the visitor wants no sound', async ({
  page,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  await listen(page)
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Ring me')
  const talk = await agent.hears('Ring me')
  // Whoever looks at it needs no sound.
  await talk.say('Seen at once')
  await expect(guest.log).toContainText('Seen at once')
  await talk.until('read', ({ visitorRead, head }) => visitorRead === head)
  expect(await noted(page, 'played')).toEqual([])
  await page.keyboard.press('Escape')
  await talk.say('Ding')
  await expect.poll(() => noted(page, 'played')).toHaveLength(2)

  const bubble = page.getByRole('button', { name: /unread/ })
  await bubble.click()
  await page.getByRole('button', { name: 'Menu' }).click()
  const sound = page.getByRole('menuitemcheckbox', { name: 'Sound' })
  await expect(sound).toBeChecked()
  await sound.click()
  await page.keyboard.press('Escape')
  await talk.say('Hush')
  await expect(page.getByRole('button', { name: /1 unread/ })).toBeVisible()
  // It is remembered, on the next page as well.
  await page.reload()
  await page.getByRole('button', { name: /unread/ }).click()
  await page.getByRole('button', { name: 'Menu' }).click()
  await expect(sound).not.toBeChecked()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await turn(page, 'hidden')
  await talk.say('Hush again')
  // The title tells all the same.
  await expect.poll(() => noted(page, 'titles')).toContain('(1) New message')
  expect(await noted(page, 'played')).toEqual([])
})

test("while a tab is in the background its title tells, and is the page's own again after", async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({ settings: { sounds: false } })
  const agent = await shop.agent()
  await listen(page)
  await page.goto(site.page(shop, 'plain'))
  await page.evaluate(() => {
    const title = document.querySelector('title')
    if (title) title.textContent = '  Kiln\n&  Fern '
  })
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Hello')
  const talk = await agent.hears('Hello')
  await turn(page, 'hidden')
  await talk.say('One')
  await expect.poll(() => noted(page, 'titles')).toContain('(1) New message')
  await talk.say('Two')
  await expect.poll(() => noted(page, 'titles')).toContain('(2) New messages')
  // Nobody has read it, though the window is open.
  expect(talk.log.view.visitorRead).toBeLessThan(talk.log.view.head)
  await turn(page, 'visible')
  const text = () => page.evaluate(() => document.querySelector('title')?.textContent)
  // To the letter.
  await expect.poll(text).toBe('  Kiln\n&  Fern ')
  await talk.until('read', ({ visitorRead, head }) => visitorRead === head)

  // A page that changes its title meanwhile keeps the new one.
  await turn(page, 'hidden')
  await talk.say('Three')
  await expect.poll(text).toBe('(1) New message')
  await page.evaluate(() => {
    document.title = 'Basket (1)'
  })
  await turn(page, 'visible')
  await expect.poll(text).toBe('Basket (1)')
  expect(await noted(page, 'played')).toEqual([])

  // And a page without one has none again.
  await page.evaluate(() => document.querySelector('title')?.remove())
  await turn(page, 'hidden')
  await talk.say('Four')
  await expect.poll(text).toBe('(1) New message')
  await turn(page, 'visible')
  await expect.poll(() => page.locator('title').count()).toBe(0)
})

test('of several tabs one rings, and none while somebody looks at one', async ({
  page,
  context,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  await listen(page)
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Two tabs')
  const talk = await agent.hears('Two tabs')
  const other = await context.newPage()
  await listen(other)
  await other.goto(site.page(shop, 'second'))
  await other.getByRole('button', { name: 'Open chat' }).click()
  await expect(visitor(other).log).toContainText('Two tabs')
  await turn(page, 'hidden')
  await turn(other, 'visible')
  await talk.say('You see it there')
  await talk.until('read', ({ visitorRead, head }) => visitorRead === head)
  await turn(other, 'hidden')
  await talk.say('You see it nowhere')
  const both = async () => [...(await noted(page, 'played')), ...(await noted(other, 'played'))]
  await expect.poll(both).toHaveLength(2)
  await expect.poll(() => noted(other, 'titles')).toContain('(1) New message')
  expect(await both()).toHaveLength(2)
})
