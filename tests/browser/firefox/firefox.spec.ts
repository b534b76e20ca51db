import type { FormField } from '@chatdesk/widget/client'
import puppeteer, { type Browser, type ElementHandle, type Page } from 'puppeteer-core'
import { expect, test } from '../support/fixtures.ts'

const FIREFOX = process.env.CHATDESK_FIREFOX ?? '/usr/bin/firefox-esr'

const NAME: FormField = { key: 'name', label: 'Your name', kind: 'text', required: true }

/** An element of the widget, once it is drawn: Playwright's own Firefox cannot be had, so nothing waits by itself. */
async function one(page: Page, selector: string): Promise<ElementHandle<HTMLElement>> {
  const handle = await page.waitForFunction(
    wanted => {
      const all = document.querySelector('chatdesk-widget')?.shadowRoot?.querySelectorAll(wanted) ?? []
      return [...all].find(element => element.getClientRects().length > 0)
    },
    { timeout: 20_000 },
    selector,
  )
  return handle as unknown as ElementHandle<HTMLElement>
}

/** Resolves once the widget shows a text. */
async function shows(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    wanted =>
      document
        .querySelector('chatdesk-widget')
        ?.shadowRoot?.querySelector('.window')
        ?.textContent?.includes(wanted),
    { timeout: 20_000 },
    text,
  )
}

function call(page: Page, ...args: string[]): Promise<void> {
  return page.evaluate(
    (...call) => {
      ;(window as unknown as { chatdesk: (...call: string[]) => void }).chatdesk(...call)
    },
    ...args,
  )
}

test.describe('Firefox', () => {
  let firefox: Browser

  test.beforeAll(async () => {
    firefox = await puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, headless: true })
  })

  test.afterAll(() => firefox?.close())

  test('the form, a talk, a picture, dark and right to left, under the strictest policy', async ({
    shop,
    site,
  }) => {
    await shop.configure({ form: { enabled: true, fields: [NAME] } })
    const agent = await shop.agent()
    const page = await firefox.newPage()
    const problems: string[] = []
    page.on('pageerror', error => problems.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await page.setViewport({ width: 1280, height: 800 })
    await page.goto(site.page(shop, 'plain'))

    // Opened and filled in by the keyboard alone.
    await (await one(page, '.bubble')).focus()
    await page.keyboard.press('Enter')
    await one(page, '.prechat input')
    await page.keyboard.type('Ada Byron')
    await page.keyboard.press('Enter')
    const field = await one(page, '.window textarea')
    await field.type('Do you ship to Norway?')
    await page.keyboard.press('Enter')
    const talk = await agent.hears('Do you ship to Norway?')
    await talk.say('We do: https://kiln.example/norway')
    await shows(page, 'We do: https://kiln.example/norway')
    const link = await one(page, '.cd-bubble a')
    expect(await link.evaluate(element => element.getAttribute('rel'))).toBe(
      'noopener noreferrer nofollow ugc',
    )

    const files = (await page.waitForFunction(() =>
      document.querySelector('chatdesk-widget')?.shadowRoot?.querySelector('input[type=file]'),
    )) as ElementHandle<HTMLInputElement>
    const picture = test.info().outputPath('rim.png')
    await page.screenshot({ path: picture })
    await files.uploadFile(picture)
    await one(page, '.cd-picture[data-state=shown]')
    await talk.until('the picture', ({ items }) =>
      items.some(({ entry }) => entry.content.attachment?.name === 'rim.png'),
    )

    const frame = await one(page, '.window')
    const paper = () => frame.evaluate(element => getComputedStyle(element).backgroundColor)
    await call(page, 'setTheme', 'light')
    const light = await paper()
    await call(page, 'setTheme', 'dark')
    await expect.poll(paper).not.toBe(light)
    await call(page, 'setLocale', 'ar')
    await expect.poll(() => frame.evaluate(element => getComputedStyle(element).direction)).toBe('rtl')
    await page.screenshot({ path: test.info().outputPath('firefox.png') })
    expect(problems).toEqual([])
  })
})
