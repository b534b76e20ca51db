import { DESKTOP, expectClean, FORM, newPage, PHONE } from '../support/access.ts'
import { expect, test } from '../support/fixtures.ts'
import { Line } from '../support/line.ts'
import { chatdesk, windowOf } from '../support/spoken.ts'

/** A picture of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    test(`axe finds nothing, and nothing is too small to press: ${size}, ${colorScheme}`, async ({
      browser,
      shop,
      site,
    }) => {
      const at = (state: string) => `${size} ${colorScheme} ${state}`
      await shop.configure({ form: FORM, settings: { primary_color: '#C2410C' } })
      const agent = await shop.agent()
      const page = await newPage(browser, { viewport, colorScheme })
      const line = await Line.of(page)
      await page.goto(site.page(shop, 'plain'))
      const bubble = page.getByRole('button', { name: 'Open chat' })
      await expect(bubble).toBeVisible()
      await expectClean(page, at('bubble'))

      await bubble.click()
      const window = windowOf(page)
      await expect(window.getByLabel('Your name')).toBeFocused()
      await expectClean(page, at('form'))
      await window.getByRole('button', { name: 'Start chat' }).click()
      await expect(window.getByLabel('Your name')).toHaveAttribute('aria-invalid', 'true')
      await expectClean(page, at('objections'))
      await window.getByLabel('Your name').fill('Ada')
      await window.getByLabel('E-mail').fill('ada@mail.example')
      await window.getByLabel('I agree').check()
      await window.getByRole('button', { name: 'Start chat' }).click()

      const field = window.getByRole('textbox', { name: 'Message' })
      await expectClean(page, at('beginning'))
      await field.fill('Which is the https://kiln.example/large one?\n😀')
      await page.keyboard.press('Enter')
      const talk = await agent.hears('Which is the https://kiln.example/large one?\n😀')
      await talk.say('The one in the picture, see [the shelf](https://kiln.example/shelf).')
      await talk.say('🫖')
      talk.typing(true)
      await expect(window.getByRole('img', { name: /typing/ })).toBeVisible()
      await expectClean(page, at('conversation'))
      talk.typing(false)

      const chooser = page.waitForEvent('filechooser')
      await window.getByRole('button', { name: 'Attach files' }).click()
      await (await chooser).setFiles({ name: 'shelf.png', mimeType: 'image/png', buffer: PIXEL })
      await expect(window.getByRole('button', { name: /shelf\.png/ }).first()).toBeVisible()
      await expectClean(page, at('file'))
      const picture = window.locator('.cd-ours').getByRole('button')
      await expect(picture).toBeVisible()
      await expectClean(page, at('picture'))
      await picture.click()
      await expect(page.getByRole('dialog', { name: 'shelf.png' })).toBeVisible()
      await expectClean(page, at('lightbox'))
      await page.keyboard.press('Escape')
      await expect(picture).toBeFocused()

      await window.getByRole('button', { name: 'Emoji' }).click()
      await expect(window.getByRole('gridcell').first()).toBeVisible()
      await expectClean(page, at('emoji'))
      await page.keyboard.press('Escape')

      const menu = window.getByRole('button', { name: 'Menu' })
      await menu.click()
      await expect(window.getByRole('menu')).toBeVisible()
      await expectClean(page, at('menu'))
      await window.getByRole('menuitem', { name: 'Previous conversations' }).click()
      await expect(window.getByRole('heading', { name: 'Previous conversations' })).toBeVisible()
      await expectClean(page, at('previous'))
      await window.getByRole('button', { name: 'Back' }).click()
      await menu.click()
      await window.getByRole('menuitem', { name: 'End chat' }).click()
      await expect(window.getByRole('dialog', { name: 'End this chat?' })).toBeVisible()
      await expectClean(page, at('end'))
      await window.getByRole('dialog').getByRole('button', { name: 'End chat' }).click()
      await window.getByRole('radio', { name: '4 of 5' }).check()
      await expectClean(page, at('rating'))
      await window.getByRole('button', { name: 'Send rating' }).click()
      await expect(window.getByText('Thank you for your rating!')).toBeVisible()
      await expectClean(page, at('rated'))

      await window.getByRole('button', { name: 'Start a new conversation' }).click()
      await page.context().setOffline(true)
      await line.cut()
      await expect(window.getByText('You are offline.')).toBeVisible()
      await expectClean(page, at('offline'))
      await page.close()
    })
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`any brand colour can be read, ${colorScheme}`, async ({ browser, shop, site }) => {
    await shop.configure({ form: FORM })
    const agent = await shop.agent()
    const page = await newPage(browser, { viewport: DESKTOP, colorScheme })
    for (const [name, color] of Object.entries({
      white: '#ffffff',
      black: '#000000',
      yellow: '#ffff00',
      grey: '#808080',
    })) {
      await page.goto(`${site.origin}/${shop.key}/bare`)
      await page.goto(site.page(shop, 'plain'))
      await expect(page.locator('chatdesk-widget .bubble')).toBeVisible()
      await chatdesk(page, 'shutdown')
      await chatdesk(page, 'init', { widgetKey: shop.key, primaryColor: color })
      await page.locator('chatdesk-widget .bubble').click()
      const window = windowOf(page)
      if (name === 'white') {
        await expect(window.getByLabel('Your name')).toBeVisible()
        await expectClean(page, `${colorScheme} ${name} form`)
        await window.getByLabel('Your name').fill('Ada')
        await window.getByLabel('E-mail').fill('ada@mail.example')
        await window.getByLabel('I agree').check()
        await window.getByRole('button', { name: 'Start chat' }).click()
        await window.getByRole('textbox', { name: 'Message' }).fill('See https://kiln.example please')
        await page.keyboard.press('Enter')
        await (await agent.hears('See https://kiln.example please')).say('I have: https://kiln.example it is')
      }
      await expect(window.locator('.cd-theirs')).toBeVisible()
      await expectClean(page, `${colorScheme} ${name} conversation`)
    }
    await page.close()
  })
}

test('from the bubble to the next conversation by keyboard alone', async ({ page, shop, site }) => {
  await shop.configure({ form: FORM })
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const bubble = page.getByRole('button', { name: 'Open chat' })
  await expect(bubble).toBeVisible()
  const window = windowOf(page)
  const reach = async (name: string | RegExp, role: 'button' | 'textbox' | 'radio' = 'button') => {
    const wanted = window.getByRole(role, { name })
    await expect(wanted).toBeVisible()
    for (let i = 0; i < 30; i++) {
      if (await wanted.evaluate(element => element.matches(':focus'))) return
      await press('Tab')
      // Where the keyboard is must be seen.
      const hidden = await page.evaluate(() => {
        const at = document.activeElement?.shadowRoot?.activeElement
        if (!at) return ''
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at)
        const label = at.closest('label')
        const outer = label && getComputedStyle(label).outlineStyle !== 'none'
        const seen = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none' || outer
        return seen ? '' : `${at.tagName} ${at.className} ${at.getAttribute('aria-label')}`
      })
      expect(hidden, `no focus to be seen on the way to ${name}`).toBe('')
    }
    throw new Error(`Tab does not lead to ${name}`)
  }

  // From the page into the window, whose first question has the keyboard.
  await page.locator('#search').focus()
  await press('Tab', 'Enter')
  await expect(window.getByLabel('Your name')).toBeFocused()
  await page.keyboard.type('Greta')
  await press('Tab')
  await page.keyboard.type('greta@mail.example')
  await press('Tab', 'ArrowDown', 'Tab', 'Enter')
  // The box is not ticked yet: the keyboard goes to what is missing.
  await expect(window.getByLabel('I agree')).toBeFocused()
  await expect(window.getByLabel('I agree')).toHaveAccessibleDescription('Please tick this box.')
  await press('Space')
  await reach('Start chat')
  await press('Enter')

  const field = window.getByRole('textbox', { name: 'Message' })
  await expect(field).toBeFocused()
  await page.keyboard.type('Hello there ')
  await reach('Emoji')
  await press('Enter')
  await expect(window.getByRole('searchbox', { name: 'Search emoji' })).toBeFocused()
  await page.keyboard.type('teapot')
  await expect(window.getByRole('gridcell').first()).toHaveText('🫖')
  await press('ArrowDown', 'Enter')
  await expect(field).toBeFocused()
  await expect(field).toHaveValue('Hello there 🫖')
  await press('Enter')
  const talk = await agent.hears('Hello there 🫖')

  await reach('Attach files')
  const chooser = page.waitForEvent('filechooser')
  await press('Enter')
  await (await chooser).setFiles({ name: 'pot.png', mimeType: 'image/png', buffer: PIXEL })
  await talk.until('the file', ({ items }) =>
    items.some(({ entry }) => entry.content.attachment?.name === 'pot.png'),
  )

  await reach('Menu')
  await press('Enter', 'End')
  await expect(window.getByRole('menuitem', { name: 'End chat' })).toBeFocused()
  await press('Enter')
  await expect(window.getByRole('dialog').getByRole('button', { name: 'End chat' })).toBeFocused()
  await press('Enter')
  const stars = window.getByRole('radiogroup', { name: 'How did we do?' })
  await expect(stars).toBeVisible()
  await reach('1 of 5', 'radio')
  await press('ArrowRight', 'ArrowRight', 'ArrowRight')
  await expect(stars.getByRole('radio', { name: '4 of 5' })).toBeChecked()
  await press('Tab')
  await page.keyboard.type('Quick')
  await reach('Send rating')
  await press('Enter')
  await expect(window.getByText('Thank you for your rating!')).toBeVisible()
  await reach('Start a new conversation')
  await press('Enter')
  await expect(window.getByLabel('Your name').or(field).first()).toBeFocused()
  await press('Escape')
  await expect(bubble).toBeFocused()
})

test('the keyboard goes back to where it was when the page opened the window', async ({
  page,
  shop,
  site,
}) => {
  await page.goto(site.page(shop, 'plain'))
  await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible()
  await page.locator('#search').focus()
  await chatdesk(page, 'open')
  await expect(windowOf(page).getByRole('textbox', { name: 'Message' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.locator('#search')).toBeFocused()
})

test('on a phone Tab stays in the window, beside the page it leads on', async ({ page, shop, site }) => {
  await page.setViewportSize(PHONE)
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const window = windowOf(page)
  const field = window.getByRole('textbox', { name: 'Message' })
  await expect(field).toBeFocused()
  await expect(window).toHaveAttribute('aria-modal', 'true')
  const inside = () => page.evaluate(() => document.activeElement?.localName)
  for (const key of ['Tab', 'Shift+Tab']) {
    let round = 0
    do {
      await page.keyboard.press(key)
      expect(await inside()).toBe('chatdesk-widget')
    } while (!(await field.evaluate(element => element.matches(':focus'))) && ++round < 20)
    await expect(field).toBeFocused()
  }

  await page.setViewportSize(DESKTOP)
  await expect(window).not.toHaveAttribute('aria-modal')
  for (let i = 0; i < 10 && (await inside()) === 'chatdesk-widget'; i++) await page.keyboard.press('Tab')
  expect(await inside()).not.toBe('chatdesk-widget')
  await page.keyboard.press('Shift+Tab')
  await expect(page.locator('chatdesk-widget .bubble')).toBeFocused()
})

test('what is new is read out once, with who said it; what one wrote is not', async ({
  page,
  shop,
  site,
}) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const window = windowOf(page)
  await window.getByRole('textbox', { name: 'Message' }).fill('Anybody there?')
  await page.keyboard.press('Enter')
  const talk = await agent.hears('Anybody there?')
  // Everything that is added within a live region, as a screen reader would be told of it.
  await page.locator('chatdesk-widget').evaluate(host => {
    const heard: string[] = []
    Object.assign(globalThis, { heard })
    const polite = (node: Node | null): boolean => {
      const element = node instanceof Element ? node : node?.parentElement
      const region = element?.closest('[aria-live], [role=log], [role=status], [role=alert]')
      return region !== null && region !== undefined && region.getAttribute('aria-live') !== 'off'
    }
    new MutationObserver(changes => {
      for (const { target, addedNodes } of changes) {
        for (const node of addedNodes) if (polite(target) || polite(node)) heard.push(node.textContent ?? '')
      }
    }).observe(host.shadowRoot as ShadowRoot, { childList: true, subtree: true, characterData: true })
  })
  const heard = () =>
    page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard.filter(Boolean))
  await talk.say('Always.')
  await talk.say('What is it?')
  await expect(window.locator('.cd-theirs')).toHaveCount(2)
  await expect.poll(heard).toEqual(['Olivia Marsh: Always.', 'Olivia Marsh: What is it?'])
  await window.getByRole('textbox', { name: 'Message' }).fill('A mug')
  await page.keyboard.press('Enter')
  await talk.hears('A mug')
  await page.keyboard.press('Escape')
  await talk.say('Which one?')
  await expect
    .poll(heard)
    .toEqual(['Olivia Marsh: Always.', 'Olivia Marsh: What is it?', 'New chat message from Olivia Marsh'])
  await page.getByRole('button', { name: /1 unread/ }).click()
  agent.close()
  await expect.poll(heard).toContain('Away')
})
