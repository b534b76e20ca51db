import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

/** `HH:MM` and the day of the week, in UTC, so many minutes from now. */
function utc(minutes: number): { day: number; time: string } {
  const at = new Date(Date.now() + minutes * 60_000)
  return { day: at.getUTCDay(), time: at.toISOString().slice(11, 16) }
}

test('while nobody is there an address is asked for, and told to the agents', async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({ settings: { ask_email_away: true, offline_message: 'Gone to the kiln.' } })
  await page.goto(site.page(shop, 'plain'))
  await page.evaluate(() => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    const { chatdesk } = window as unknown as { chatdesk: (...args: unknown[]) => void }
    chatdesk('on', 'offline', (detail: unknown) => heard.push(detail))
  })
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect(page.getByText('Gone to the kiln.')).toBeVisible()
  const email = page.getByRole('textbox', { name: 'E-mail' })
  await expect(email).toBeFocused()
  await page.getByRole('textbox', { name: 'Message' }).fill('Do you ship to Norway?')
  await page.getByRole('button', { name: 'Start chat' }).click()
  await expect(email).toBeFocused()
  await expect(page.getByText('Please fill this in.')).toBeVisible()
  // What was written is there after a reload as well.
  await page.reload()
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('Do you ship to Norway?')
  await page.evaluate(() => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    const { chatdesk } = window as unknown as { chatdesk: (...args: unknown[]) => void }
    chatdesk('on', 'offline', (detail: unknown) => heard.push(detail))
  })
  await email.fill('ada@mail.example')
  await page.getByRole('button', { name: 'Start chat' }).click()
  await expect(page.getByText('We will answer here and by e-mail to ada@mail.example.')).toBeVisible()
  const guest = visitor(page)
  await expect.poll(guest.texts).toEqual(['Do you ship to Norway?'])
  expect(await page.evaluate(() => (window as unknown as { heard: unknown[] }).heard)).toEqual([
    { answers: {} },
  ])
  await page.reload()
  await expect(page.getByText('We will answer here and by e-mail to ada@mail.example.')).toBeVisible()

  const agent = await shop.agent()
  const talk = await agent.hears('Do you ship to Norway?')
  const inbox = await agent.client.request('inbox', {})
  expect(inbox.conversations[0]?.visitor).toMatchObject({ email: 'ada@mail.example' })
  await talk.say('We do.')
  await expect(page.getByText('We will answer here')).toHaveCount(0)
  await expect(page.getByRole('dialog').getByText('Online now')).toBeVisible()
})

test('outside the hours nobody is there, whoever is online; it is said when they will be', async ({
  page,
  shop,
  site,
}) => {
  await shop.agent()
  const [from, to] = [utc(120), utc(180)]
  // Near midnight, the later end belongs to the next day.
  const end = from.day === to.day ? to.time : '24:00'
  await shop.configure({
    settings: {
      ask_email_away: true,
      hours: { time_zone: 'UTC', days: [{ day: from.day, from: from.time, to: end }] },
    },
  })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect(page.getByText(/We are back (tomorrow )?at \d/)).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeVisible()
  const get = (name: string) =>
    page.evaluate(
      asked => (window as unknown as { chatdesk: (...args: unknown[]) => unknown }).chatdesk('get', asked),
      name,
    )
  expect(await get('online')).toBe(false)

  const now = utc(0)
  await shop.configure({
    settings: { hours: { time_zone: 'UTC', days: [{ day: now.day, from: '00:00', to: '24:00' }] } },
  })
  await page.reload()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toHaveCount(0)
  expect(await get('online')).toBe(true)
})

test('where the organization does not want it, no address is asked for', async ({ page, shop, site }) => {
  await shop.configure({ settings: { ask_email_away: false } })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await visitor(page).say('Anybody?')
  await expect(page.getByText('Thank you! We will answer here.')).toBeVisible()
})
