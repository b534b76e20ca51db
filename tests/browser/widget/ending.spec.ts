import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { Gateway } from '../support/gateway.ts'
import { Mailbox } from '../support/mailbox.ts'
import { Organization } from '../support/organization.ts'
import { visitor } from '../support/people.ts'
import { Site } from '../support/site.ts'

/** Opens the window and says something. */
async function talk(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Open chat' }).click()
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('img', { name: 'Sent' })).toBeVisible()
}

/** What the page is told from here on, by the events' names. */
async function told(page: Page, ...names: string[]): Promise<() => Promise<unknown[]>> {
  await page.evaluate(events => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    for (const name of events) {
      const { chatdesk } = window as unknown as { chatdesk: (...args: unknown[]) => void }
      chatdesk('on', name, (detail: object) => heard.push([name, detail]))
    }
  }, names)
  return () => page.evaluate(() => (window as unknown as { heard: unknown[] }).heard)
}

test('a visitor ends the chat by keyboard, rates it, and both sides have it', async ({
  page,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await talk(page, 'Is the mug dishwasher-safe?')
  const heard = await told(page, 'conversation:end', 'rating')
  const theirs = await agent.hears('Is the mug dishwasher-safe?')

  const menu = page.getByRole('button', { name: 'Menu' })
  await menu.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'New conversation' })).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('menuitem', { name: 'End chat' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toBeFocused()
  await expect(page.getByRole('menu')).toHaveCount(0)
  await page.keyboard.press('Enter')
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')

  // Not by a slip of the finger: it is asked first, and Escape is a no.
  const question = page.getByRole('dialog', { name: 'End this chat?' })
  await expect(question.getByRole('button', { name: 'End chat' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(question).toHaveCount(0)
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
  await menu.click()
  await page.getByRole('menuitem', { name: 'End chat' }).click()
  await page.keyboard.press('Enter')
  await expect(page.getByText('You ended this conversation')).toBeVisible()
  await theirs.until('the end', ({ items }) => items.some(({ entry }) => entry.content.status === 'resolved'))

  const stars = page.getByRole('radiogroup', { name: 'How did we do?' })
  await stars.getByRole('radio', { name: '1 of 5' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(stars.getByRole('radio', { name: '4 of 5' })).toBeChecked()
  await page.getByRole('textbox', { name: 'Anything to add?' }).fill('Quick and kind.')
  await page.getByRole('button', { name: 'Send rating' }).click()
  await expect(page.getByText('Thank you for your rating!')).toBeVisible()
  await expect(stars).toHaveCount(0)
  await theirs.until('the rating', ({ items }) =>
    items.some(
      ({ entry: { content } }) => content.rating?.score === 4 && content.rating.comment === 'Quick and kind.',
    ),
  )
  await expect.poll(heard).toEqual([
    ['conversation:end', { conversation: theirs.conversation }],
    ['rating', { conversation: theirs.conversation, score: 4, comment: 'Quick and kind.' }],
  ])
})

test('an agent ends it: the rating is offered once, and what is written goes on or begins anew', async ({
  page,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await talk(page, 'Do you ship to Norway?')
  const theirs = await agent.hears('Do you ship to Norway?')
  await theirs.resolve()
  await page.getByRole('radio', { name: '5 of 5' }).check({ force: true })
  await page.getByRole('button', { name: 'Send rating' }).click()
  await expect(page.getByText('Thank you for your rating!')).toBeVisible()

  await page.getByRole('button', { name: 'Continue this conversation' }).click()
  await page.getByRole('textbox', { name: 'Message' }).fill('And to Sweden?')
  await page.keyboard.press('Enter')
  await theirs.hears('And to Sweden?')
  await theirs.resolve()
  await expect(page.getByRole('button', { name: 'Start a new conversation' })).toBeVisible()
  // Once is enough.
  await expect(page.getByRole('radiogroup')).toHaveCount(0)
  await page.getByRole('button', { name: 'Start a new conversation' }).click()
  await page.getByRole('textbox', { name: 'Message' }).fill('Something else')
  await page.keyboard.press('Enter')
  const next = await agent.hears('Something else')
  expect(next.conversation).not.toBe(theirs.conversation)
})

test('a conversation that ended while nobody looked is there on the next page, and can be rated', async ({
  page,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await talk(page, 'Are you open on Sunday?')
  const theirs = await agent.hears('Are you open on Sunday?')
  await page.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click()
  await page.goto('about:blank')
  await theirs.say('From ten to two.')
  await theirs.resolve()
  await page.goto(site.page(shop, 'second'))
  await page.getByRole('button', { name: /1 unread/ }).click()
  await expect.poll(visitor(page).texts).toEqual(['Are you open on Sunday?', 'From ten to two.'])
  await expect(page.getByRole('radiogroup')).toBeVisible()
  await page.getByRole('button', { name: 'Start a new conversation' }).click()
  await page.reload()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible()
  await expect.poll(visitor(page).texts).toEqual([])
})

test('where the organization asks for no rating, none is asked', async ({ page, shop, site }) => {
  await shop.configure({ settings: { ask_rating: false } })
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await talk(page, 'Hello there')
  await (await agent.hears('Hello there')).resolve()
  await expect(page.getByRole('button', { name: 'Start a new conversation' })).toBeVisible()
  await expect(page.getByRole('radiogroup')).toHaveCount(0)
})

test('without mail on the gateway no transcript is offered', async ({ page, shop, site }) => {
  await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await talk(page, 'Hello')
  await page.getByRole('button', { name: 'Menu' }).click()
  await expect(page.getByRole('menuitem', { name: 'End chat' })).toBeVisible()
  await expect(page.getByRole('menuitem', { name: 'Send by e-mail' })).toHaveCount(0)
})

test('a conversation is sent by e-mail to whom the visitor names', async ({ page }) => {
  const mailbox = await Mailbox.open()
  const gateway = await Gateway.start({ ...mailbox.settings, CHATDESK_UNLIMITED: '127.0.0.0/8' })
  const site = await Site.start(gateway.url)
  try {
    const shop = await Organization.signUp(gateway)
    const agent = await shop.agent()
    await page.goto(site.page(shop, 'plain'))
    await talk(page, 'Is the planter frost-proof?')
    await (await agent.hears('Is the planter frost-proof?')).say('Down to minus ten.')
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('menuitem', { name: 'Send by e-mail' }).click()
    const question = page.getByRole('dialog', { name: 'Send this conversation by e-mail' })
    const address = question.getByRole('textbox', { name: 'E-mail' })
    await expect(address).toBeFocused()
    await address.fill('ada')
    await page.keyboard.press('Enter')
    await expect(address).toHaveAttribute('aria-invalid', 'true')
    await address.fill('ada@mail.example')
    await page.keyboard.press('Enter')
    await expect(question.getByText('On its way to ada@mail.example.')).toBeVisible()
    await question.getByRole('button', { name: 'Back' }).click()
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
    await expect.poll(() => mailbox.letters.length).toBe(1)
    expect(mailbox.letters[0]).toMatch(/^To: .*ada@mail\.example/m)
    expect(mailbox.letters[0]).toContain('Down to minus ten.')
    shop.close()
  } finally {
    await site.close()
    await gateway.stop()
    await mailbox.close()
  }
})
