import { type BrowserContext, expect, type Page, test } from '../support/fixtures.ts'
import { type Person, visitor } from '../support/people.ts'

const bubble = (page: Page) => page.getByRole('button', { name: /^Open chat/ })
const field = (page: Page) => page.getByRole('dialog').getByRole('textbox', { name: 'Message' })

/** Another tab of the same visitor, with its window open. */
async function tab(context: BrowserContext, address: string): Promise<Person> {
  const page = await context.newPage()
  await page.goto(address)
  await bubble(page).click()
  await expect(field(page)).toBeVisible()
  return visitor(page)
}

test('two tabs of one visitor show the same talk, in the same order, whoever says what where', async ({
  context,
  shop,
  site,
}) => {
  const first = await tab(context, site.page(shop, 'plain'))
  const second = await tab(context, site.page(shop, 'second'))
  await first.say('Do you have the tall vase in white?')
  await expect(second.log).toContainText('Do you have the tall vase in white?')
  await second.say('Or in grey?')
  await expect(first.log).toContainText('Or in grey?')
  const agent = await shop.agent()
  const talk = await agent.hears('Or in grey?')
  await talk.say('In grey, two of them.')
  await Promise.all([first.say('Then both, please.'), second.say('And a small one.')])
  await talk.hears('Then both, please.')
  await talk.hears('And a small one.')
  const stored = await shop.entries()
  expect(stored).toHaveLength(5)
  for (const guest of [first, second]) {
    await expect.poll(guest.texts).toEqual(stored.map(({ text }) => text))
    await expect(guest.log.getByRole('img', { name: 'Sending' })).toHaveCount(0)
  }
  const [row] = await shop.gateway.query<{ conversations: string; visitors: string }>(
    `select (select count(*) from conversations where organization_id = $1) as conversations,
            (select count(*) from visitors where organization_id = $1) as visitors`,
    [shop.id],
  )
  expect([row?.conversations, row?.visitors]).toEqual(['1', '1'])
})

test('what is read in one tab is read in all of them', async ({ context, shop, site }) => {
  const first = await tab(context, site.page(shop, 'plain'))
  await first.say('When is the next market?')
  const agent = await shop.agent()
  const talk = await agent.hears('When is the next market?')
  await first.page.keyboard.press('Escape')
  const page = await context.newPage()
  await page.goto(site.page(shop, 'second'))
  await talk.say('On Saturday, by the church.')
  await talk.say('From eight o’clock on.')
  for (const one of [first.page, page]) {
    await expect(bubble(one)).toHaveAccessibleName('Open chat, 2 unread messages')
  }
  expect(talk.log.view.visitorRead).toBeLessThan(3)
  await page.bringToFront()
  await bubble(page).click()
  await expect(visitor(page).log).toContainText('From eight o’clock on.')
  await expect(bubble(first.page)).toHaveAccessibleName('Open chat')
  await talk.until('the visitor to have read it all', ({ visitorRead, head }) => visitorRead === head)
})

test('an ended conversation has ended in every tab, and a new one begins in every tab', async ({
  context,
  shop,
  site,
}) => {
  const first = await tab(context, site.page(shop, 'plain'))
  await first.say('My bowl arrived in pieces.')
  const second = await tab(context, site.page(shop, 'second'))
  await expect(second.log).toContainText('in pieces')
  const agent = await shop.agent()
  const talk = await agent.hears('My bowl arrived in pieces.')
  await talk.say('We will send another one today.')
  await talk.resolve()
  for (const { page } of [first, second]) {
    await expect(page.getByRole('button', { name: 'Start a new conversation' })).toBeVisible()
  }
  await first.page.getByRole('button', { name: 'Start a new conversation' }).click()
  await first.say('It has arrived, thank you.')
  await expect(second.log).toContainText('It has arrived, thank you.')
  await expect(second.log).not.toContainText('in pieces')
  await second.say('It is beautiful.')
  const next = await agent.hears('It is beautiful.')
  expect(next.texts).toEqual(['It has arrived, thank you.', 'It is beautiful.'])
})

test('each tab keeps what is being written in it, through reloads', async ({ context, shop, site }) => {
  const first = await tab(context, site.page(shop, 'plain'))
  await first.say('How do I clean the teapot?')
  const second = await tab(context, site.page(shop, 'second'))
  await field(first.page).fill('With vinegar, or')
  await field(second.page).fill('My neighbour says')
  for (const { page } of [first, second]) await page.reload()
  await expect(field(first.page)).toHaveValue('With vinegar, or')
  await expect(field(second.page)).toHaveValue('My neighbour says')
  await field(second.page).press('Enter')
  await expect(first.log).toContainText('My neighbour says')
  await expect(field(first.page)).toHaveValue('With vinegar, or')
  await expect(field(second.page)).toHaveValue('')
})

test('two tabs that begin in the same moment lose nothing, whether they come to one conversation or to two', async ({
  context,
  shop,
  site,
}) => {
  const first = await tab(context, site.page(shop, 'plain'))
  const second = await tab(context, site.page(shop, 'second'))
  const said = ['Are there any seconds for sale?', 'With small flaws, I mean.'] as const
  await Promise.all([first.say(said[0]), second.say(said[1])])
  for (const guest of [first, second]) {
    await expect(guest.log.getByRole('img', { name: /Sent|Read/ }).first()).toBeVisible()
    await expect(guest.log.getByRole('img', { name: 'Sending' })).toHaveCount(0)
  }
  await expect(first.log).toContainText(said[0])
  await expect(second.log).toContainText(said[1])
  expect((await shop.entries()).map(({ text }) => text).toSorted()).toEqual(said.toSorted())
  const agent = await shop.agent()
  for (const text of said) await agent.hears(text)
})
