import { expect, type Page, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'
import { untouched } from '../support/watch.ts'

/** As a link of the page's own does it. */
const openByPage = (page: Page) =>
  page.evaluate(() => (window as unknown as { chatdesk: (method: string) => void }).chatdesk('open'))

test('the page keeps its globals, styles, title, history and focus through a whole conversation', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const globals = () => page.evaluate(() => Object.getOwnPropertyNames(window).sort())
  await page.goto(site.page(shop, 'bare'))
  const [without, before] = [await globals(), await untouched(page)]

  await page.goto(site.page(shop, 'plain'))
  const bubble = page.getByRole('button', { name: 'Open chat' })
  await expect(bubble).toBeVisible()
  await expect(page.locator('body')).toBeFocused()
  const search = page.getByRole('textbox', { name: 'Search' })
  await search.fill('teapot')
  const expected = { ...before, address: page.url(), head: expect.any(String), history: before.history + 1 }
  const focused = await untouched(page)
  await openByPage(page)
  const guest = visitor(page)
  await guest.say('Do your teapots pour without a drip?')
  const agent = await shop.agent()
  const talk = await agent.hears('Do your teapots pour without a drip?')
  await talk.say('They do: the spout is cut by hand.')
  await expect(guest.log).toContainText('cut by hand')
  await page.keyboard.press('Escape')
  await expect(guest.log).toBeHidden()
  // The keyboard is back where it was.
  await expect(search).toBeFocused()
  expect(await untouched(page)).toEqual(focused)
  await search.fill('')
  await search.blur()

  expect(await globals()).toEqual([...without, 'chatdesk'].sort())
  // All of it but for the one line of code in the head.
  const styles = (all: string[]) => all.filter(style => !/^script /.test(style))
  const after = await untouched(page)
  expect({ ...after, styles: styles(after.styles) }).toEqual({ ...expected, styles: styles(before.styles) })
  expect(after.head).not.toContain('style>')
  expect(problems).toEqual([])
})

test('a message that arrives takes neither the focus nor the place on the page', async ({
  page,
  shop,
  site,
}) => {
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await visitor(page).say('Which clay is the blue bowl made of?')
  const agent = await shop.agent()
  const talk = await agent.hears('Which clay is the blue bowl made of?')
  await page.keyboard.press('Escape')
  const search = page.getByRole('textbox', { name: 'Search' })
  await search.pressSequentially('blue ')
  await talk.say('It is Westerwald stoneware.')
  await expect(page.getByRole('button', { name: 'Open chat, 1 unread message' })).toBeVisible()
  await page.keyboard.type('bowl')
  await expect(search).toHaveValue('blue bowl')
})

test("what is typed in the window is nothing to the page's shortcuts and focus traps", async ({
  page,
  shop,
  site,
}) => {
  await page.goto(site.page(shop, 'shortcuts'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
  await page.keyboard.type('/search and s for save?')
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('/search and s for save?')
  await page.keyboard.press('Enter')
  await expect(guest.log).toContainText('/search and s for save?')
  await expect(page.locator('#heard')).toHaveText('')
  // Its own keys are the page's still.
  await page.keyboard.press('Escape')
  await page.locator('h1').click()
  await page.keyboard.press('/')
  await expect(page.locator('#heard')).toHaveText('/')
})

test('it works where libraries have changed what the language gives', async ({
  page,
  shop,
  site,
  problems,
}) => {
  await page.goto(site.page(shop, 'patched'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('How long does glaze take to dry?')
  const agent = await shop.agent()
  const talk = await agent.hears('How long does glaze take to dry?')
  await talk.say('A day, in summer.')
  await expect(guest.log).toContainText('A day, in summer.')
  await page.reload()
  await expect(guest.log).toContainText('A day, in summer.')
  await guest.say('And in winter?')
  await talk.hears('And in winter?')
  expect(
    await page.evaluate(() =>
      Object.keys((window as unknown as { module: { exports: object } }).module.exports),
    ),
  ).toEqual([])
  await page.evaluate(() => postMessage('for the page alone', location.origin))
  await expect(page.locator('#messages')).toHaveText('for the page alone')
  expect(problems).toEqual([])
})

test('a page without a doctype shows it as any other', async ({ page, shop, site, problems }) => {
  const boxes = async (name: string) => {
    await page.goto(site.page(shop, name))
    await page.getByRole('button', { name: 'Open chat' }).click()
    const window = page.getByRole('dialog', { name: 'Chat' })
    await window.evaluate(async element => {
      await Promise.all(element.getAnimations({ subtree: true }).map(animation => animation.finished))
    })
    await expect(window.getByRole('textbox', { name: 'Message' })).toBeVisible()
    const boxes = await window.evaluate(element =>
      [...element.querySelectorAll('*')].map(({ localName, className }, at, all) => {
        const { x, y, width, height } = all[at]?.getBoundingClientRect() ?? new DOMRect()
        return `${localName} ${className} ${[x, y, width, height].map(Math.round)}`
      }),
    )
    // The next page begins with the window closed.
    await page.getByRole('button', { name: 'Close chat' }).first().click()
    return boxes
  }
  expect(await boxes('quirks')).toEqual(await boxes('plain'))
  expect(problems).toEqual([])
})

test('in a sandboxed frame, where storage is refused, it works for as long as the page lasts', async ({
  page,
  shop,
  site,
  problems,
}) => {
  await page.goto(site.page(shop, 'framed'))
  const frame = page.frameLocator('#frame')
  await frame.getByRole('button', { name: 'Open chat' }).click()
  await frame.getByRole('textbox', { name: 'Message' }).fill('Can you hear me in here?')
  await frame.getByRole('textbox', { name: 'Message' }).press('Enter')
  const agent = await shop.agent()
  const talk = await agent.hears('Can you hear me in here?')
  await talk.say('Loud and clear.')
  await expect(frame.getByRole('log')).toContainText('Loud and clear.')
  expect(problems).toEqual([])
})

for (const [name, what] of [
  ['twice', 'both forms of the code, twice each'],
  ['late', 'the code long after load'],
] as const) {
  test(`one widget from ${what}`, async ({ page, shop, site, problems }) => {
    await page.goto(site.page(shop, name))
    await page.waitForLoadState('load')
    if (name === 'late') await page.getByRole('button', { name: 'Agree' }).click()
    await page.getByRole('button', { name: 'Open chat' }).click()
    await visitor(page).say('Is the workshop open on Saturdays?')
    const agent = await shop.agent()
    await agent.hears('Is the workshop open on Saturdays?')
    await expect(page.locator('chatdesk-widget')).toHaveCount(1)
    expect(problems).toEqual([])
  })
}

test('the code of two gateways on one page: the first one has the page', async ({
  page,
  shop,
  site,
  problems,
  gateway,
}) => {
  const warnings: string[] = []
  page.on('console', message => message.type() === 'warning' && warnings.push(message.text()))
  // The second script claims to be another version, of a gateway that answers to another name.
  await page.route('**/widget.js?v=2', async route => {
    const response = await route.fetch({ url: `${gateway.url}/widget.js` })
    await route.fulfill({ response, body: (await response.text()).replaceAll('0.1.0', '9.9.9') })
  })
  await page.goto(site.page(shop, 'twice'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await visitor(page).say('Which of you answers?')
  await expect(page.locator('chatdesk-widget')).toHaveCount(1)
  expect(problems).toEqual([])
})
