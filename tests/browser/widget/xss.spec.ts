import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { FormField } from '@chatdesk/widget/client'
import type { Browser, Locator, Page } from '@playwright/test'
import { type Census, census, expectInert, suspicions } from '../support/census.ts'
import { bytes, CORPUS, chunks, lines, packs } from '../support/corpus.ts'
import { expect, test } from '../support/fixtures.ts'
import { Organization } from '../support/organization.ts'
import { type Poisoned, poison, poisonInbox, poisonMenu } from '../support/poison.ts'

const NAME_BYTES = 200
const GREETING_BYTES = 1_000
/** Characters of a message that the inbox shows. */
const PREVIEW_CHARS = 140

/** What people really write, in the same places: shows what widget and console are made of. */
const HARMLESS = [
  'Do you ship to Norway?',
  'See https://kiln.example/care and write to care@kiln.example',
  'Two lines\nof text',
  '🌿',
  'مرحبا',
  ...Array.from({ length: 35 }, (_, index) => `Plate number ${index}`),
]

// What a trace would record of pages that hold all this takes longer than the test.
test.use({ trace: 'off' })
test.setTimeout(300_000)

/** A page without any policy: nothing would hold a string back that came to run. Serves the widget by its command. */
async function openPage(gateway: string): Promise<{ server: Server; url: string }> {
  const script = 'window.chatdesk = function () { (chatdesk.q = chatdesk.q || []).push(arguments) }'
  const page = `<!doctype html><html lang="en"><title>Shop</title><script>${script}</script>
    <script async src="${gateway}/widget.js"></script><h1>Shop</h1></html>`
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, url: `http://127.0.0.1:${address.port}` }
}

/** Opens the widget of an organization in place of whichever was there, for a visitor with this session or a new one. */
async function openWidget(page: Page, key: string, token = '', open = true): Promise<Locator> {
  await page.evaluate(
    ([key, token, open]) => {
      const { chatdesk } = window as unknown as { chatdesk: (...call: unknown[]) => void }
      chatdesk('shutdown')
      localStorage.clear()
      sessionStorage.clear()
      if (token) localStorage.setItem(`chatdesk:${key}:token`, token)
      chatdesk('init', { widgetKey: key })
      if (open) chatdesk('open')
    },
    [key, token, open] as const,
  )
  return page.getByRole('dialog')
}

/** Scrolls a log back to its beginning. */
async function toBeginning(log: Locator): Promise<void> {
  await expect(log.locator('.cd-bubble').first()).toBeVisible()
  await log.evaluate(
    list =>
      new Promise<void>(resolve => {
        // Back and forth, for only a list that was scrolled asks for more.
        const back = () => {
          if (!list.querySelector('.cd-older')) return resolve()
          list.scrollTop = list.scrollTop > 0 ? 0 : 1
          requestAnimationFrame(back)
        }
        back()
      }),
  )
}

async function talkInWidget(page: Page, shop: Organization, { token }: Poisoned): Promise<Census> {
  const window = await openWidget(page, shop.key, token)
  await toBeginning(window.getByRole('log'))
  return census(page, 'chatdesk-widget')
}

async function talkInConsole(page: Page, shop: Organization, talk: Poisoned): Promise<Census> {
  const { conversation, attributes } = talk
  await page.goto(`${shop.gateway.url}/console/c/${conversation}`)
  await toBeginning(page.getByRole('log'))
  // The profile comes last.
  await expect(page.getByRole('complementary', { name: 'Details' })).toContainText(
    attributes.at(-1) as string,
  )
  return census(page)
}

/** The form that asks for all there is, with these for labels, options and departments. */
function form(names: readonly string[]): FormField[] {
  const kinds = ['text', 'email', 'phone', 'textarea', 'checkbox'] as const
  const labelled = names.map((label, index) => {
    const kind = kinds[index % kinds.length] ?? 'text'
    return { key: `field_${index}`, label, kind, required: false, options: [] }
  })
  const first = names[0] as string
  return [...labelled, { key: 'choice', label: first, kind: 'select', required: false, options: [...names] }]
}

/** Has an admin set these texts everywhere. */
async function set(shop: Organization, text: string, names: readonly string[]): Promise<void> {
  await shop.configure({
    settings: {
      greeting_message: text,
      offline_message: text,
      strings: { en: { 'form.start': text, 'teaser.dismiss': text } },
      rules: [{ id: 'first', message: text, open: false, exit_intent: false }],
    },
    departments: names.map(name => ({ name })),
    form: { enabled: true, fields: form(names) },
  })
}

async function formInWidget(page: Page, shop: Organization): Promise<Census> {
  const window = await openWidget(page, shop.key)
  await expect(window.locator('form button[type=submit]')).toBeVisible()
  return census(page, 'chatdesk-widget')
}

/** What a proactive rule says beside the bubble, to somebody who was never here. */
async function teaserInWidget(page: Page, shop: Organization): Promise<Census> {
  await openWidget(page, shop.key, undefined, false)
  await expect(page.locator('chatdesk-widget .teaser')).toBeVisible()
  return census(page, 'chatdesk-widget')
}

/** The console of a shop's owner, watched. */
async function watchedConsole(
  browser: Browser,
  shop: Organization,
): Promise<{ page: Page; found: string[] }> {
  const page = await shop.console(browser)
  return { page, found: await suspicions(page, [shop.gateway.url]) }
}

test('the corpus has several hundred strings', () => {
  expect(CORPUS.length).toBeGreaterThan(700)
  expect(CORPUS.filter(text => /<script/iu.test(text)).length).toBeGreaterThan(100)
})

test('what visitors and agents write is text in the widget and in the console', async ({
  page,
  problems,
  browser,
  shop,
}) => {
  const { gateway } = shop
  const { server, url } = await openPage(gateway.url)
  const twin = await Organization.signUp(gateway)
  const [harmless] = await poison(twin, HARMLESS)
  if (!harmless) throw new Error('nothing harmless')
  const poisoned = await poison(shop, CORPUS)

  const found = await suspicions(page, [url, gateway.url], problems)
  await page.goto(url)
  const plain = await talkInWidget(page, twin, harmless)
  for (const talk of poisoned) {
    expectInert(await talkInWidget(page, shop, talk), talk.texts, plain)
  }
  expect(found).toEqual([])

  const other = await watchedConsole(browser, twin)
  const plainTalk = await talkInConsole(other.page, twin, harmless)
  const desk = await watchedConsole(browser, shop)
  for (const talk of poisoned) {
    const shown = [...talk.texts, ...talk.notes, ...talk.attributes]
    expectInert(await talkInConsole(desk.page, shop, talk), shown, plainTalk)
  }
  expect(desk.found).toEqual([])
  server.close()
})

test('who visitors say they are is text in the inbox, among contacts and in what was found', async ({
  browser,
  shop,
}) => {
  const twin = await Organization.signUp(shop.gateway)
  await poisonInbox(twin, HARMLESS)
  await poisonInbox(shop, CORPUS)
  const other = await watchedConsole(browser, twin)
  const desk = await watchedConsole(browser, shop)
  const inbox = async (page: Page, strings: readonly string[]) => {
    await page.goto(`${shop.gateway.url}/console/`)
    const rows = page.getByRole('region', { name: 'Conversations' }).locator('.conversation-link')
    for (let shown = 0; shown < strings.length; ) {
      await rows.last().scrollIntoViewIfNeeded()
      await expect(async () => expect(await rows.count()).toBeGreaterThan(shown)).toPass()
      shown = await rows.count()
    }
    return census(page)
  }
  const strings = CORPUS.filter(text => bytes(text) <= 2_000)
  const previews = strings.map(text => [...text].slice(0, PREVIEW_CHARS).join(''))
  const plain = await inbox(other.page, HARMLESS)
  expectInert(await inbox(desk.page, strings), [...strings, ...previews], plain)

  const search = async (page: Page, words: string) => {
    await page.getByRole('searchbox').fill(words)
    await expect(page.locator('.found:not(.stale) mark').first()).toBeVisible()
    return census(page)
  }
  await other.page.goto(`${shop.gateway.url}/console/`)
  const plainFound = await search(other.page, 'plate')
  for (const words of ['alert', 'script', 'javascript', 'svg', 'img', 'onerror', 'iframe', 'style']) {
    expectInert(await search(desk.page, words), [], plainFound)
  }
  expect(desk.found).toEqual([])
})

test('what admins set is text in the widget and in the console', async ({
  page,
  problems,
  browser,
  shop,
}) => {
  const { gateway } = shop
  const { server, url } = await openPage(gateway.url)
  const texts = packs(lines(CORPUS, GREETING_BYTES), GREETING_BYTES)
  const names = packs(lines(CORPUS, NAME_BYTES), NAME_BYTES)
  const rounds = chunks(names, Math.ceil(names.length / texts.length))
  const found = await suspicions(page, [url, gateway.url], problems)
  await page.goto(url)
  const desk = await watchedConsole(browser, shop)
  await set(shop, 'Good morning', ['Plates', 'Bowls', 'Cups', 'Vases', 'Pots'])
  const plain = await formInWidget(page, shop)
  const plainTeaser = await teaserInWidget(page, shop)
  const settings = async () => {
    await desk.page.goto(`${gateway.url}/console/settings`)
    await expect(desk.page.getByRole('region', { name: 'Departments' })).toBeVisible()
    return census(desk.page)
  }
  const plainSettings = await settings()
  for (const [round, text] of texts.entries()) {
    const here = rounds[round % rounds.length] as string[]
    await set(shop, text, here)
    expectInert(await formInWidget(page, shop), [text, ...here], plain)
    expectInert(await teaserInWidget(page, shop), [text], plainTeaser)
    expectInert(await settings(), [text, ...here], plainSettings)
  }
  expect(found).toEqual([])

  await poisonMenu(shop, names)
  await desk.page.goto(`${shop.gateway.url}/console/`)
  await desk.page.getByRole('button', { name: /Olivia Marsh/u }).click()
  await expect(desk.page.locator('.organization')).toHaveCount(names.length + 1)
  const menu = await census(desk.page)
  expect(names.filter(name => !menu.text.includes(name))).toEqual([])
  expect(menu.active).toEqual([])
  expect(desk.found).toEqual([])
  server.close()
})
