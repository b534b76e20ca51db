import type { FormField } from '@chatdesk/widget/client'
import { expect, type Page, test } from '../support/fixtures.ts'
import type { Organization } from '../support/organization.ts'
import { chatdesk, LANGUAGES, type Language, misfits, said, texts, windowOf } from '../support/spoken.ts'

const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1280, height: 800 }

/** A field of each kind, none with a word of English in it. */
const FIELDS: FormField[] = [
  { key: 'name', label: 'x1', kind: 'text', required: true },
  { key: 'email', label: 'x2', kind: 'email', required: true },
  { key: 'phone', label: 'x3', kind: 'phone', required: false },
  { key: 'size', label: 'x4', kind: 'select', required: true, options: ['x5', 'x6'] },
  { key: 'terms', label: 'x7', kind: 'checkbox', required: true },
]

/** The organization says nothing of its own. */
const OWN = { greeting_message: '', offline_message: '' }

const english = await texts('en')
const tails = new Set(Object.keys(english).map(key => key.replace(/.*\./, '')))

/** Everything said is said in this language: no English, no key. */
async function expectSpoken(page: Page, language: Language, where: string): Promise<void> {
  const words = new Set(Object.values(await texts(language)))
  const wrong = (await said(windowOf(page))).filter(
    text => !words.has(text) && (tails.has(text) || Object.values(english).includes(text)),
  )
  expect(wrong, `${language}, ${where}`).toEqual([])
  expect(await misfits(windowOf(page)), `${language}, ${where}`).toEqual([])
}

/** Speaks another language from here on. */
async function speak(page: Page, language: Language): Promise<void> {
  await chatdesk(page, 'setLocale', language)
  await expect(windowOf(page)).toHaveAttribute('lang', language)
}

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.locator('chatdesk-widget .bubble').click()
  await expect(windowOf(page)).toBeVisible()
}

const asksEverything = (shop: Organization) =>
  shop.configure({ form: { enabled: true, fields: FIELDS }, settings: { ask_email_away: false, ...OWN } })

for (const [size, viewport] of [
  ['phone', PHONE],
  ['desktop', DESKTOP],
] as const) {
  test(`every language speaks in form, conversation and menu, and fits, on a ${size}`, async ({
    page,
    shop,
    site,
  }) => {
    await page.setViewportSize(viewport)
    await asksEverything(shop)
    await shop.configure({ settings: OWN })
    const agent = await shop.agent()
    await open(page, site.page(shop, 'plain'))
    const window = windowOf(page)
    await expect(window.locator('.prechat')).toBeVisible()
    for (const language of LANGUAGES) {
      await speak(page, language)
      await expectSpoken(page, language, 'form')
      await window.locator('.prechat .primary').click()
      await expect(window.locator('.problem').first()).toHaveText(
        (await texts(language))['form.required'] ?? '',
      )
      await expectSpoken(page, language, 'objections')
    }

    await window.locator('input[name=name]').fill('Ada')
    await window.locator('input[name=email]').fill('ada@mail.example')
    await window.locator('select[name=size]').selectOption('x6')
    await window.locator('input[name=terms]').check()
    await window.locator('.prechat .primary').click()
    await window.locator('textarea').fill('x8')
    await page.keyboard.press('Enter')
    const talk = await agent.hears('x8')
    await talk.say('x9')
    await expect(window.locator('.cd-theirs')).toHaveText('x9')
    for (const language of LANGUAGES) {
      await speak(page, language)
      await expectSpoken(page, language, 'conversation')
    }

    await talk.resolve()
    await expect(window.locator('.over')).toBeVisible()
    for (const language of LANGUAGES) {
      await speak(page, language)
      await expectSpoken(page, language, 'the end')
      await window
        .getByRole('button', { name: (await texts(language))['menu.name'] ?? '', exact: true })
        .click()
      await expect(window.getByRole('menu')).toBeVisible()
      await expectSpoken(page, language, 'menu')
      await page.keyboard.press('Escape')
      await expect(window.getByRole('menu')).toHaveCount(0)
    }
  })
}

test('the bubble is named in the language that is spoken, and counts in it', async ({ page, shop, site }) => {
  const agent = await shop.agent()
  await open(page, site.page(shop, 'plain'))
  await speak(page, 'pl')
  await windowOf(page).locator('textarea').fill('Halo')
  await page.keyboard.press('Enter')
  const talk = await agent.hears('Halo')
  await page.keyboard.press('Escape')
  const bubble = page.locator('chatdesk-widget .bubble')
  await expect(bubble).toHaveAccessibleName('Otwórz czat')
  await talk.say('Dzień dobry')
  await talk.say('W czym mogę pomóc?')
  await expect(bubble).toHaveAccessibleName('Otwórz czat, 2 nieprzeczytane wiadomości')
  await speak(page, 'ar')
  await expect(bubble).toHaveAccessibleName('فتح المحادثة، رسالتان غير مقروءتين')
  await bubble.click()
  await expect(bubble).toHaveAccessibleName('إغلاق المحادثة')
})

test.describe('chosen by itself', () => {
  const languageOf = async (page: Page, address: string) => {
    await open(page, address)
    await expect(windowOf(page)).toHaveAttribute('lang', /./)
    return windowOf(page).getAttribute('lang')
  }

  test('page, organization, visitor, markup: in this order', async ({ browser, shop, site }) => {
    await shop.configure({ settings: OWN })
    const address = site.page(shop, 'plain')
    const visit = async (locale: string, page = address) => {
      const context = await browser.newContext({ locale })
      const tab = await context.newPage()
      return { tab, language: await languageOf(tab, page), close: () => context.close() }
    }
    const brazilian = await visit('pt-BR')
    expect(brazilian.language).toBe('pt')
    await expect(windowOf(brazilian.tab)).toContainText('Não estamos disponíveis agora')
    await brazilian.close()
    // Not one of ours: the page's markup says English.
    const swede = await visit('sv-SE')
    expect(swede.language).toBe('en')
    await swede.close()

    await shop.configure({ settings: { language: 'it' } })
    const german = await visit('de-DE')
    await expect(windowOf(german.tab)).toHaveAttribute('lang', 'it')
    // Asked for by the page, whatever the settings say; and only what there is.
    await chatdesk(german.tab, 'setLocale', 'nl-BE')
    await expect(windowOf(german.tab)).toHaveAttribute('lang', 'nl')
    expect(await chatdesk(german.tab, 'get', 'locale')).toBe('nl-BE')
    // The next page knows at once what the organization wants: no other language is loaded there.
    const loaded: string[] = []
    german.tab.on('request', request => loaded.push(...(/words-\w+/.exec(request.url()) ?? [])))
    await german.tab.reload()
    await expect(windowOf(german.tab)).toHaveAttribute('lang', 'it')
    expect(new Set(loaded)).toEqual(new Set(['words-it']))
    await german.close()
  })

  test("an organization's own texts stand in for ours, in their language", async ({ page, shop, site }) => {
    const strings = {
      en: { 'composer.placeholder': 'Ask Ada anything' },
      fr: { 'composer.placeholder': 'Une question ?' },
    }
    await shop.configure({ settings: { strings } })
    await open(page, site.page(shop, 'plain'))
    const field = windowOf(page).locator('textarea')
    await expect(field).toHaveAttribute('placeholder', 'Ask Ada anything')
    await speak(page, 'fr')
    await expect(field).toHaveAttribute('placeholder', 'Une question ?')
    await speak(page, 'de')
    await expect(field).toHaveAttribute('placeholder', 'Nachricht schreiben…')
  })
})

test('a language that cannot be loaded is English after another try; nothing at all still makes a window', async ({
  browser,
  shop,
  site,
}) => {
  const context = await browser.newContext({ locale: 'de-DE' })
  const page = await context.newPage()
  let asked = 0
  await page.route(/words-de/, route => {
    asked++
    return route.abort()
  })
  await open(page, site.page(shop, 'plain'))
  await expect(windowOf(page)).toHaveAttribute('lang', 'en')
  await expect(windowOf(page).getByRole('textbox', { name: 'Message' })).toBeVisible()
  expect(asked).toBeGreaterThan(0)

  await page.route(/words-/, route => route.abort())
  await page.reload()
  const field = windowOf(page).locator('textarea')
  await field.fill('Hallo?')
  await page.keyboard.press('Enter')
  await expect(windowOf(page).getByRole('img', { name: 'sent' })).toBeVisible()
  await context.close()
})

for (const [language, greeting, name] of [
  ['ar', 'مرحبًا! كيف يمكننا مساعدتك؟', 'رسالة'],
  ['he', 'שלום! איך אפשר לעזור?', 'הודעה'],
] as const) {
  test(`${language} is mirrored, and what people write goes its own way`, async ({ browser, shop, site }) => {
    const context = await browser.newContext({ locale: language, viewport: DESKTOP })
    const page = await context.newPage()
    await shop.configure({ settings: OWN })
    const agent = await shop.agent()
    await open(page, site.page(shop, 'plain'))
    const window = windowOf(page)
    await expect(window).toHaveAttribute('dir', 'rtl')
    await expect(window).toContainText(greeting)
    const field = window.getByRole('textbox', { name })
    const box = async (selector: string) => {
      const found = await window.locator(selector).first().boundingBox()
      if (!found) throw new Error(`not shown: ${selector}`)
      return { start: found.x, end: found.x + found.width }
    }
    const frame = await box(':scope > .main')
    // What is at the end of the line is on the left: the button that sends, and the one that closes.
    expect((await box('.cd-send')).end).toBeLessThan((frame.start + frame.end) / 2)
    expect((await box('.header .tool:last-of-type')).start - frame.start).toBeLessThan(60)

    await field.fill('Do you ship?')
    await expect(field).toHaveCSS('direction', 'ltr')
    await page.keyboard.press('Enter')
    const talk = await agent.hears('Do you ship?')
    await talk.say(language === 'ar' ? 'نعم، كل يوم (اثنين).' : 'כן, כל יום (שני).')
    await expect(window.locator('.cd-theirs')).toBeVisible()
    // One's own on the left, the other side's on the right, each text in its own direction.
    expect((await box('.cd-ours')).start - frame.start).toBeLessThan(40)
    expect(frame.end - (await box('.cd-theirs')).end).toBeLessThan(80)
    await expect(window.locator('.cd-ours [dir=auto]')).toHaveCSS('direction', 'ltr')
    await expect(window.locator('.cd-theirs [dir=auto]')).toHaveCSS('direction', 'rtl')
    expect(await misfits(window)).toEqual([])
    // The bubble stays in the corner that the organization chose.
    const bubble = await page.locator('chatdesk-widget .bubble').boundingBox()
    expect((bubble?.x ?? 0) + (bubble?.width ?? 0)).toBeGreaterThan(DESKTOP.width - 60)
    await context.close()
  })
}
