import { expect, type Page, test } from '@playwright/test'
import { Gateway } from './support/gateway.ts'
import { answer, logIn, type Person, startChat, visit, visitor } from './support/people.ts'

let gateway: Gateway

test.beforeAll(async () => {
  gateway = await Gateway.start()
})

test.afterAll(() => gateway.stop())

/** How far, in CSS pixels, the messages' list is from its end. */
const fromEnd = ({ log }: Person) =>
  log.evaluate(list => Math.round(list.scrollHeight - list.scrollTop - list.clientHeight))

/** A visitor with more messages than fit. */
async function talker(page: Page, name: string): Promise<Person> {
  const guest = await startChat(page, name)
  for (let i = 1; i <= 12; i++) await guest.say(`Message ${i}: ${'more words '.repeat(i * 3)}`)
  await expect.poll(() => fromEnd(guest)).toBe(0)
  return guest
}

test('a phone that is turned, or shows its keyboard, stays at the newest message', async ({ browser }) => {
  const page = await visit(browser, gateway.url)
  await page.setViewportSize({ width: 390, height: 844 })
  const guest = await talker(page, 'Hedy')
  for (const [width, height] of [
    [844, 390],
    [390, 844],
    [390, 420],
    [390, 844],
    [1280, 800],
  ] as const) {
    await page.setViewportSize({ width, height })
    await expect.poll(() => fromEnd(guest), `${width}x${height}`).toBe(0)
    await expect(page.getByRole('button', { name: /Latest|New messages/ })).toHaveCount(0)
  }
})

test('a draft of several lines is seen in full when the window opens after a reload', async ({ browser }) => {
  const page = await visit(browser, gateway.url)
  await startChat(page, 'Ines')
  const field = page.getByRole('dialog').getByRole('textbox', { name: 'Message' })
  await field.fill('One\nTwo\nThree')
  const height = await field.evaluate(element => element.clientHeight)
  await page.keyboard.press('Escape')
  await page.reload()
  // The panel is loaded, and drawn out of sight.
  await expect(field).toHaveCount(0)
  await expect(page.locator('.cd-field')).toBeAttached()
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect(field).toHaveValue('One\nTwo\nThree')
  await expect.poll(() => field.evaluate(element => element.clientHeight)).toBe(height)
})

test('a page that draws its body anew keeps the widget', async ({ browser }) => {
  const page = await visit(browser, gateway.url)
  const guest = await talker(page, 'Jan')
  await page.evaluate(() => document.body.replaceWith(document.createElement('body')))
  await expect(guest.log).toBeVisible()
  await guest.say('Still here')
  await expect.poll(() => fromEnd(guest)).toBe(0)
  expect((await guest.texts()).at(-1)).toBe('Still here')
})

test('the keyboard stays in the window when the conversation is resolved, and when a new one begins', async ({
  browser,
}) => {
  const page = await visit(browser, gateway.url)
  const guest = await startChat(page, 'Karl')
  await guest.say('Hello')
  await page.keyboard.type('And one mo')
  const desk = await logIn(browser, gateway.url, 'owner@demo.test', 'chatdesk-demo')
  await answer(desk, 'Karl')
  await desk.getByRole('button', { name: 'Resolve' }).dblclick()
  await expect(desk.locator('.cd-event')).toHaveCount(1)
  const again = page.getByRole('button', { name: 'Start a new conversation' })
  await expect(again).toBeVisible()
  await page.keyboard.type('re thing')
  await expect(page.getByRole('dialog').locator(':focus')).toHaveCount(1)
  await expect(page.getByRole('radiogroup')).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('radio', { name: '1 of 5' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(again).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('combobox')).toBeFocused()
  await page.getByRole('button', { name: 'Start chat' }).click()
  await expect(visitor(page).log).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('And one mo')
})
