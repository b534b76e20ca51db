import { Cable } from '../support/cable.ts'
import { expect, type Page, test } from '../support/fixtures.ts'
import { Gateway } from '../support/gateway.ts'
import { Organization } from '../support/organization.ts'
import { type Person, visitor } from '../support/people.ts'
import { Site } from '../support/site.ts'

/** Opens the widget and says a first thing, which is stored. */
async function begin(page: Page, text: string): Promise<Person> {
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say(text)
  await expect(guest.log.getByRole('img', { name: /Sent|Read/ })).toBeVisible()
  return guest
}

/** The rings of what is not stored yet: one for each run of messages. */
const sending = ({ log }: Person) => log.getByRole('img', { name: 'Sending' })

test('what is written offline waits, and arrives once and in order when the network is back', async ({
  page,
  context,
  shop,
  shore,
  cable,
  problems,
}) => {
  await page.goto(shore.page(shop, 'plain'))
  const guest = await begin(page, 'Is the kiln firing today?')
  const agent = await shop.agent()
  const talk = await agent.hears('Is the kiln firing today?')

  await context.setOffline(true)
  cable.cut()
  await expect(page.getByRole('dialog')).toContainText(/offline/i)
  for (const text of ['Then I come tomorrow.', 'Around ten?', 'I bring my own cup.']) await guest.say(text)
  await expect(sending(guest)).toBeVisible()
  await talk.say('It is, since six in the morning.')
  cable.mend()
  await context.setOffline(false)

  await expect(sending(guest)).toHaveCount(0)
  await expect(guest.log).toContainText('since six in the morning')
  await talk.hears('I bring my own cup.')
  const stored = [
    { seq: 1, sender: 'visitor', text: 'Is the kiln firing today?' },
    { seq: 2, sender: 'agent', text: 'It is, since six in the morning.' },
    { seq: 3, sender: 'visitor', text: 'Then I come tomorrow.' },
    { seq: 4, sender: 'visitor', text: 'Around ten?' },
    { seq: 5, sender: 'visitor', text: 'I bring my own cup.' },
  ]
  expect(await shop.entries()).toEqual(stored)
  await expect.poll(guest.texts).toEqual(stored.map(({ text }) => text))
  await expect(page.getByRole('dialog')).not.toContainText(/offline/i)
  expect(problems).toEqual([])
})

test('a reload while messages are on their way sends them once, and the draft is still there', async ({
  page,
  shop,
  shore,
  cable,
  problems,
}) => {
  await page.goto(shore.page(shop, 'plain'))
  const guest = await begin(page, 'What does a repair cost?')
  // They leave the browser, and nobody hears whether they arrived.
  cable.deaden()
  await guest.say('It is the handle.')
  await guest.say('I still have the pieces.')
  await expect(sending(guest)).toBeVisible()
  const field = page.getByRole('textbox', { name: 'Message' })
  await field.fill('And do you')
  cable.mend()
  await page.reload()
  await expect(field).toHaveValue('And do you')
  await expect(sending(guest)).toHaveCount(0)
  const said = ['What does a repair cost?', 'It is the handle.', 'I still have the pieces.']
  await expect.poll(guest.texts).toEqual(said)
  expect((await shop.entries()).map(({ text }) => text)).toEqual(said)
  expect(problems).toEqual([])
})

test('a conversation that was being started when the page was reloaded is started once', async ({
  page,
  shop,
  shore,
  cable,
}) => {
  await page.goto(shore.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
  cable.deaden()
  const guest = visitor(page)
  await guest.say('Do you teach throwing?')
  await guest.say('To beginners, I mean.')
  cable.mend()
  await page.reload()
  const said = ['Do you teach throwing?', 'To beginners, I mean.']
  await expect.poll(guest.texts).toEqual(said)
  await expect(sending(guest)).toHaveCount(0)
  await expect.poll(async () => (await shop.entries()).map(({ text }) => text)).toEqual(said)
  const [row] = await shop.gateway.query<{ count: string }>(
    'select count(*) from conversations where organization_id = $1',
    [shop.id],
  )
  expect(Number(row?.count)).toBe(1)
})

test('a page that slept while its connection died is up to date when it wakes', async ({
  page,
  context,
  shop,
  shore,
  cable,
}) => {
  await page.goto(shore.page(shop, 'plain'))
  const guest = await begin(page, 'Will the blue glaze come back?')
  const agent = await shop.agent()
  const talk = await agent.hears('Will the blue glaze come back?')
  // The machine sleeps: nobody is told that the connection is gone, and the network is another one when it wakes.
  const devtools = await context.newCDPSession(page)
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
  await context.setOffline(true)
  cable.deaden()
  await talk.say('In spring, with the new cobalt.')
  cable.mend()
  await context.setOffline(false)
  await devtools.send('Page.setWebLifecycleState', { state: 'active' })
  await expect(guest.log).toContainText('In spring, with the new cobalt.')
  await guest.say('I will ask again then.')
  await talk.hears('I will ask again then.')
  await expect(sending(guest)).toHaveCount(0)
})

test('twenty messages in a hurry, each sent by a double click, are stored once each and in order', async ({
  page,
  shop,
  site,
}) => {
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const field = page.getByRole('textbox', { name: 'Message' })
  const said = Array.from({ length: 20 }, (_, at) => `Item ${at + 1}: ${'bowl '.repeat((at % 3) + 1).trim()}`)
  for (const text of said) {
    await field.fill(text)
    await page.getByRole('button', { name: 'Send' }).dblclick()
  }
  const guest = visitor(page)
  await expect.poll(guest.texts).toEqual(said)
  await expect(sending(guest)).toHaveCount(0)
  const stored = await shop.entries()
  expect(stored.map(({ text }) => text)).toEqual(said)
  expect(stored.map(({ seq }) => seq)).toEqual(said.map((_, at) => at + 1))
})

test('a session that has ended becomes a new one, and nothing that was typed is lost', async ({
  page,
  shop,
  shore,
  cable,
  problems,
}) => {
  await page.goto(shore.page(shop, 'plain'))
  const guest = await begin(page, 'Do you buy old moulds?')
  const field = page.getByRole('textbox', { name: 'Message' })
  await field.fill('I have about thirty of them.')
  cable.cut()
  // As after thirty days, or when the visitor was erased.
  await shop.gateway.query(
    "update widget_sessions set expires_at = now() - interval '1 day' where organization_id = $1",
    [shop.id],
  )
  cable.mend()
  await expect.poll(guest.texts).toEqual([])
  await expect(field).toHaveValue('I have about thirty of them.')
  await field.press('Enter')
  const agent = await shop.agent()
  const talk = await agent.hears('I have about thirty of them.')
  expect(talk.texts).toEqual(['I have about thirty of them.'])
  await talk.say('Then we would like to see them.')
  await expect(guest.log).toContainText('we would like to see them')
  expect(problems).toEqual([])
})

test('where storage is full, everything works for as long as the page lasts', async ({
  page,
  shop,
  site,
  problems,
}) => {
  await page.goto(site.page(shop, 'bare'))
  const fill = () => {
    for (const storage of [localStorage, sessionStorage]) {
      for (let size = 2 ** 20; size >= 1; size /= 2) {
        try {
          for (let i = 0; ; i++) storage.setItem(`full ${size} ${i}`, 'x'.repeat(size))
        } catch {
          // Not one more of this size.
        }
      }
    }
  }
  await page.evaluate(fill)
  await page.goto(site.page(shop, 'plain'))
  const guest = await begin(page, 'Is my order ready?')
  const agent = await shop.agent()
  const talk = await agent.hears('Is my order ready?')
  await talk.say('It comes out of the kiln tonight.')
  await expect(guest.log).toContainText('out of the kiln tonight')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Open chat' }).click()
  await guest.say('Wonderful.')
  await talk.hears('Wonderful.')
  expect(problems).toEqual([])
})

test('an update of the gateway, its sudden death among messages, and a connection that dies without a word', async ({
  page,
  problems,
}) => {
  const gateway = await Gateway.start({ CHATDESK_PING_SECONDS: '1', CHATDESK_SILENCE_SECONDS: '3' })
  const shop = await Organization.signUp(gateway)
  const cable = await Cable.to(gateway.url)
  const site = await Site.start(cable.url)
  try {
    await shop.configure({ settings: { ask_email_away: false } })
    await page.goto(site.page(shop, 'plain'))
    const guest = await begin(page, 'Are you open on Sundays?')
    const said = ['Are you open on Sundays?']
    const expectStored = async () => {
      await expect(sending(guest)).toHaveCount(0)
      await expect.poll(guest.texts).toEqual(said)
      const stored = await shop.entries()
      expect(stored.map(({ text }) => text)).toEqual(said)
      expect(stored.map(({ seq }) => seq)).toEqual(said.map((_, at) => at + 1))
    }
    const say = async (text: string) => {
      said.push(text)
      await guest.say(text)
    }
    const updated = gateway.restart()
    await say('And on holidays?')
    await updated
    await expectStored()

    for (let at = 1; at <= 12; at++) {
      await say(`Question ${at} of twelve`)
      // With some of them stored, some under way, and some not written yet.
      if (at === 6) await gateway.kill()
    }
    await gateway.run()
    await expectStored()

    // No event tells; only that not even a ping comes any more.
    cable.deaden()
    await say('Can you still hear me?')
    cable.mend()
    await expectStored()
    expect(problems).toEqual([])
  } finally {
    await cable.close()
    await site.close()
    await gateway.stop()
  }
})
