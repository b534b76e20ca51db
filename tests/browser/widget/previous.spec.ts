import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

const open = (page: Page) => page.getByRole('button', { name: 'Open chat' }).click()

/** Chooses something from the menu. */
async function choose(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /^Menu/ }).click()
  await page.getByRole('menuitem', { name }).click()
}

test('earlier conversations are listed, read, gone on with, and left for a new one', async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({ settings: { ask_rating: false } })
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await open(page)
  await choose(page, 'Previous conversations')
  await expect(page.getByText('No conversations yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Back' }).click()
  const guest = visitor(page)
  await guest.say('The first question')
  const first = await agent.hears('The first question')
  await first.say('The first answer')
  await first.resolve()
  await page.getByRole('button', { name: 'Start a new conversation' }).click()
  await guest.say('The second question')
  const second = await agent.hears('The second question')
  await expect(guest.log.getByRole('img', { name: 'Sent' })).toBeVisible()

  await choose(page, 'Previous conversations')
  await expect(page.getByRole('heading', { name: 'Previous conversations' })).toBeVisible()
  const rows = page.locator('.row')
  await expect(rows).toHaveCount(2)
  await expect(rows.nth(0)).toContainText('You: The second question')
  await expect(rows.nth(1)).toContainText('The first answer')
  await expect(rows.nth(1)).toContainText('Ended')
  // By keyboard: the list has it, and gives it to what is opened.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(rows.nth(1)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect.poll(guest.texts).toEqual(['The first question', 'The first answer'])
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveCount(0)

  // What comes meanwhile in the other is shown at the menu, and in the list.
  await second.say('The second answer')
  await page.getByRole('button', { name: 'Menu, 1 unread message in another conversation' }).click()
  await page.getByRole('menuitem', { name: 'Previous conversations' }).click()
  await expect(rows.nth(0).getByRole('img', { name: 'Unread' })).toBeVisible()
  await rows.nth(1).click()
  await page.getByRole('button', { name: 'Continue this conversation' }).click()
  await guest.say('One more thing')
  await first.hears('One more thing')
  await expect(page.getByRole('button', { name: 'Start a new conversation' })).toHaveCount(0)

  await choose(page, 'Previous conversations')
  await rows.filter({ hasText: 'The second answer' }).click()
  await expect.poll(guest.texts).toEqual(['The second question', 'The second answer'])
  await expect(page.getByRole('button', { name: 'Menu', exact: true })).toBeVisible()
  await second.until('read', ({ visitorRead, head }) => visitorRead === head)

  await choose(page, 'New conversation')
  await guest.say('The third question')
  const third = await agent.hears('The third question')
  expect([first.conversation, second.conversation]).not.toContain(third.conversation)
})

test('what was done since, and notes, make no conversation unread', async ({ page, shop, site }) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await open(page)
  const guest = visitor(page)
  await guest.say('Is it dishwasher safe?')
  const talk = await agent.hears('Is it dishwasher safe?')
  await talk.say('It is.')
  await talk.until('read', ({ visitorRead, head }) => visitorRead === head)
  await page.goto('about:blank')
  agent.client.send(talk.conversation, { kind: 'note', text: 'Asks often' })
  await talk.resolve()
  await page.goto(site.page(shop, 'second'))
  await page.getByRole('button', { name: 'Start a new conversation' }).click()
  const unread = page.getByRole('img', { name: 'Unread' })
  await choose(page, 'Previous conversations')
  const row = page.locator('.row')
  await expect(row).toContainText('Ended')
  await expect(row.locator('small')).toBeVisible()
  await expect(unread).toHaveCount(0)
  await page.getByRole('button', { name: 'Back' }).click()
  await talk.say('One more thing.')
  await choose(page, 'Previous conversations')
  await expect(row).toContainText('One more thing.')
  await expect(unread).toBeVisible()
})

test('many come a page at a time; without a connection they come once there is one', async ({
  page,
  context,
  shop,
  shore,
  cable,
  gateway,
}) => {
  await shop.agent()
  await page.goto(shore.page(shop, 'plain'))
  await open(page)
  const guest = visitor(page)
  await guest.say('The newest')
  await expect(guest.log.getByRole('img', { name: 'Sent' })).toBeVisible()
  await gateway.query(
    `insert into conversations (organization_id, id, visitor_id, client_id, created_at, updated_at)
     select organization_id, gen_random_uuid(), visitor_id, 'old-' || n, created_at - n * interval '1 day',
       updated_at - n * interval '1 day'
     from conversations, generate_series(1, 24) n where organization_id = $1`,
    [shop.id],
  )
  await choose(page, 'Previous conversations')
  await expect(page.locator('.row')).toHaveCount(20)
  await page.getByRole('button', { name: 'Show more' }).click()
  await expect(page.locator('.row')).toHaveCount(25)
  await expect(page.getByRole('button', { name: 'Show more' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Back' }).click()

  await context.setOffline(true)
  cable.cut()
  await expect(page.getByText('You are offline.')).toBeVisible()
  await choose(page, 'Previous conversations')
  await expect(page.locator('.previous')).toHaveAttribute('aria-busy', 'true')
  cable.mend()
  await context.setOffline(false)
  await expect(page.locator('.row')).toHaveCount(20)
})

test('a conversation that was lost while the visitor was away leaves room for a new one', async ({
  page,
  shop,
  site,
  gateway,
}) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await open(page)
  const guest = visitor(page)
  await guest.say('Forget me')
  await agent.hears('Forget me')
  await page.goto('about:blank')
  await gateway.query('delete from conversations where organization_id = $1', [shop.id])
  await page.goto(site.page(shop, 'plain'))
  await guest.say('Somebody new')
  await agent.hears('Somebody new')
  await expect.poll(guest.texts).toEqual(['Somebody new'])
})
