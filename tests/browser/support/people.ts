import { type Browser, expect, type Locator, type Page } from '@playwright/test'

/** Somebody with a browser, and how one talks to what they see. */
export interface Person {
  page: Page
  /** The messages on screen, top to bottom. */
  texts: () => Promise<string[]>
  say: (text: string) => Promise<void>
  /** The messages' list. */
  log: Locator
}

/** Texts of the messages in a log, without times, names and ticks. */
async function texts(log: Locator): Promise<string[]> {
  return log.locator('.cd-bubble').allInnerTexts()
}

function person(page: Page, log: Locator, field: Locator): Person {
  const say = async (text: string) => {
    await field.fill(text)
    await field.press('Enter')
    await expect(field).toHaveValue('')
  }
  return { page, log, say, texts: () => texts(log) }
}

/** A visitor on the demo shop, before they have done anything. */
export async function visit(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.goto(`${url}/demo`)
  return page
}

/** Opens the widget, answers the form and starts the conversation. */
export async function startChat(page: Page, name: string): Promise<Person> {
  await page.getByRole('button', { name: 'Open chat' }).click()
  await page.getByRole('textbox', { name: 'Your name' }).fill(name)
  await page.getByRole('textbox', { name: 'E-mail' }).fill(`${name.toLowerCase()}@example.com`)
  await page.getByRole('button', { name: 'Start chat' }).click()
  const guest = visitor(page)
  // The form may have had a field for a message, too.
  await expect(guest.log).toBeVisible()
  return guest
}

/** The visitor in an open conversation. */
export function visitor(page: Page): Person {
  const window = page.getByRole('dialog', { name: 'Chat' })
  return person(page, window.getByRole('log'), window.getByRole('textbox', { name: 'Message' }))
}

/** Somebody logged in to the console. */
export async function logIn(browser: Browser, url: string, email: string, password: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.goto(`${url}/console`)
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible()
  return page
}

/** Opens a visitor's conversation from the inbox. */
export async function answer(page: Page, name: string): Promise<Person> {
  await page.getByRole('region', { name: 'Conversations' }).getByRole('link', { name }).click()
  const conversation = page.getByRole('region', { name: `Conversation with ${name}` })
  return person(page, conversation.getByRole('log'), conversation.getByRole('textbox'))
}
