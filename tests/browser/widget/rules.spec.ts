import type { ProactiveRule } from '@chatdesk/widget/client'
import type { Page } from '@playwright/test'
import { violations, withAxe } from '../support/axe.ts'
import { ask, snippet } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import type { Organization } from '../support/organization.ts'
import { visitor } from '../support/people.ts'

const rule = (id: string, message: string, conditions: Partial<ProactiveRule> = {}): ProactiveRule => ({
  id,
  message,
  open: false,
  exit_intent: false,
  ...conditions,
})

const teaser = (page: Page) => page.locator('chatdesk-widget .teaser')

/** Whether the rules are at work on a page: their script has come, and the visit is counted. */
const obeyed = (page: Page, { key }: Organization) =>
  expect.poll(() => page.evaluate(key => localStorage.getItem(`chatdesk:${key}:past`), key)).not.toBeNull()

test('a message stands beside the bubble once all of its conditions hold, once per visitor', async ({
  page,
  shop,
  site,
  problems,
}) => {
  await shop.configure({
    settings: { rules: [rule('far', 'Looking for planters?', { url: '/*/plain*', seconds: 1, scroll: 50 })] },
  })
  await withAxe(page)
  await page.goto(site.page(shop, 'plain?from=news#top'))
  await obeyed(page, shop)
  await page.evaluate(() => {
    document.body.style.setProperty('height', '4000px')
    scrollTo(0, 100)
  })
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(100)
  await expect(teaser(page)).toHaveCount(0)
  await page.evaluate(() => scrollTo(0, 3000))
  await expect(teaser(page)).toHaveText('Looking for planters?')
  expect(await violations(page)).toEqual([])
  // The keyboard finds it before the bubble, and goes on to the bubble when it is gone.
  await page.locator('#search').focus()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Looking for planters?' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Dismiss message' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(teaser(page)).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Open chat' })).toBeFocused()
  await page.reload()
  await obeyed(page, shop)
  await page.evaluate(() => {
    document.body.style.setProperty('height', '4000px')
    scrollTo(0, 3900)
  })
  await expect
    .poll(() =>
      page.evaluate(key => JSON.parse(localStorage.getItem(`chatdesk:${key}:past`) ?? '{}').shown, shop.key),
    )
    .toEqual(['far'])
  await expect(teaser(page)).toHaveCount(0)
  expect(problems).toEqual([])
})

test('answering it starts a conversation, which begins with it; the agents are told that it was shown', async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({ settings: { rules: [rule('hi', 'Can I help you choose?')] } })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Can I help you choose?' }).click()
  await expect(teaser(page)).toHaveCount(0)
  const guest = visitor(page)
  await expect(guest.log).toContainText('Can I help you choose?')
  await guest.say('Yes please')
  const agent = await shop.agent()
  await agent.hears('Yes please')
  const id = String(await ask(page, 'get', 'visitor'))
  await expect
    .poll(async () => (await agent.client.request('profile', { visitor: id })).events)
    .toMatchObject([{ name: 'proactive message shown', properties: { rule: 'hi' } }])
})

test('a rule may open the window; on a phone a teaser stands in for it', async ({
  page,
  shop,
  site,
  browser,
}) => {
  await shop.configure({ settings: { rules: [rule('hi', 'Welcome in', { open: true })] } })
  await page.goto(site.page(shop, 'plain'))
  await expect(visitor(page).log).toContainText('Welcome in')
  // Nothing is taken from the page: the keyboard stays where it was.
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BODY')
  const phone = await browser.newPage({ viewport: { width: 390, height: 844 } })
  await phone.goto(site.page(shop, 'plain'))
  await expect(teaser(phone)).toHaveText('Welcome in')
  await expect(phone.getByRole('dialog')).toBeHidden()
  await phone.close()
})

test('exit intent is a mouse that leaves through the top, and no finger', async ({ page, shop, site }) => {
  await shop.configure({ settings: { rules: [rule('bye', 'Before you go', { exit_intent: true })] } })
  await page.goto(site.page(shop, 'plain'))
  await obeyed(page, shop)
  const leave = (pointerType: string, clientY: number) =>
    page.evaluate(init => document.documentElement.dispatchEvent(new PointerEvent('pointerleave', init)), {
      pointerType,
      clientY,
    })
  await leave('touch', -1)
  await leave('mouse', 300)
  await expect(teaser(page)).toHaveCount(0)
  await leave('mouse', -1)
  await expect(teaser(page)).toHaveText('Before you go')
})

test('an event that the page tracks, before or after the rules came', async ({ page, shop, site }) => {
  await shop.configure({
    settings: {
      rules: [rule('early', 'Stuck?', { event: 'failed' }), rule('late', 'Thank you', { event: 'paid' })],
    },
  })
  await snippet(page, [], ['track', 'failed'])
  await page.goto(site.page(shop, 'plain'))
  await expect(teaser(page)).toHaveText('Stuck?')
  await page.getByRole('button', { name: 'Dismiss message' }).click()
  await ask(page, 'track', 'paid')
  await expect(teaser(page)).toHaveText('Thank you')
})

test('visits are counted half an hour apart, and who comes again is told so', async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({
    settings: {
      rules: [
        rule('new', 'First time here?', { returning: false }),
        rule('third', 'Good to see you', { returning: true, visits: 3 }),
      ],
    },
  })
  await page.goto(site.page(shop, 'plain'))
  await expect(teaser(page)).toHaveText('First time here?')
  const later = async () => {
    await page.evaluate(key => {
      const past = JSON.parse(localStorage.getItem(`chatdesk:${key}:past`) ?? '{}')
      const at = past.at - 31 * 60 * 1000
      localStorage.setItem(`chatdesk:${key}:past`, JSON.stringify({ ...past, at }))
    }, shop.key)
    await page.reload()
    await expect
      .poll(() =>
        page.evaluate(
          key => Date.now() - JSON.parse(localStorage.getItem(`chatdesk:${key}:past`) ?? '{}').at < 60_000,
          shop.key,
        ),
      )
      .toBe(true)
  }
  await later()
  await expect(teaser(page)).toHaveCount(0)
  await later()
  await expect(teaser(page)).toHaveText('Good to see you')
})

test('nobody who talks is spoken to, and a window that opens takes the teaser away', async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({ settings: { rules: [rule('now', 'Hello there', { event: 'go' })] } })
  await page.goto(site.page(shop, 'plain'))
  await obeyed(page, shop)
  await ask(page, 'open')
  await visitor(page).say('I am talking already')
  await (await shop.agent()).hears('I am talking already')
  await ask(page, 'close')
  await ask(page, 'track', 'go')
  await expect(teaser(page)).toHaveCount(0)
  await ask(page, 'endChat')
  await expect(teaser(page)).toHaveText('Hello there')
  await ask(page, 'open')
  await expect(teaser(page)).toHaveCount(0)
})

test('going to another page of an application is looked at anew', async ({ page, shop, site }) => {
  await shop.configure({ settings: { rules: [rule('bowls', 'Bowls are on sale', { url: '*/bowls' })] } })
  await page.goto(site.page(shop, 'spa'))
  await obeyed(page, shop)
  await page.getByRole('link', { name: 'Mugs' }).click()
  await expect(page).toHaveTitle(/Mugs/)
  await expect(teaser(page)).toHaveCount(0)
  await page.getByRole('link', { name: 'Bowls' }).click()
  await expect(teaser(page)).toHaveText('Bowls are on sale')
})
