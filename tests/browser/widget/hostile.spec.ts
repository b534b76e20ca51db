import { expect, type Locator, type Page, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

/** What of a tree is to be seen, as one value to compare: where it is, and how it looks. */
const drawn = (root: Locator) =>
  root.evaluate(async element => {
    await Promise.all(element.getAnimations({ subtree: true }).map(animation => animation.finished))
    const looked = [
      'color',
      'background-color',
      'font',
      'letter-spacing',
      'text-transform',
      'opacity',
      'direction',
    ]
    return [element, ...element.querySelectorAll('*')].map(part => {
      const { x, y, width, height } = part.getBoundingClientRect()
      const style = getComputedStyle(part)
      const looks = [...looked, 'z-index', 'visibility', 'display'].map(name => style.getPropertyValue(name))
      return [part.localName, part.className, ...[x, y, width, height].map(Math.round), ...looks].join(' ')
    })
  })

/** The whole way, and what was drawn at its end. */
async function talkOn(page: Page, address: string): Promise<string[]> {
  await page.goto(address)
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Is there a second pot of this shape?')
  await expect(guest.log.getByRole('img', { name: 'Sent' })).toBeVisible()
  await expect(guest.log).toBeInViewport()
  await page.mouse.move(5, 5)
  const window = await drawn(page.getByRole('dialog', { name: 'Chat' }))
  return [...window, ...(await drawn(page.getByRole('button', { name: 'Close chat' }).last()))]
}

test('a page whose styles hide, shrink, turn and cover everything does not reach it', async ({
  browser,
  shop,
  site,
}) => {
  const see = async (name: string) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    return talkOn(await context.newPage(), site.page(shop, name))
  }
  // Times differ by the minute they are drawn in, not in what is compared here.
  expect(await see('hostile')).toEqual(await see('plain'))
})

test('it stands where its page wants it among things that are stacked', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  const bubble = page.getByRole('button', { name: 'Open chat' })
  await expect(bubble).toBeVisible()
  await page.evaluate(key => {
    const chatdesk = (window as unknown as { chatdesk: (method: string, options?: object) => void }).chatdesk
    chatdesk('shutdown')
    chatdesk('init', { widgetKey: key, zIndex: 40 })
    const curtain = document.createElement('div')
    Object.assign(curtain.style, { position: 'fixed', inset: '0', zIndex: '41', background: '#fff' })
    curtain.id = 'curtain'
    document.body.append(curtain)
  }, shop.key)
  await expect(bubble).toBeVisible()
  const onTop = () =>
    bubble.evaluate(element => {
      const { x, y, width, height } = element.getBoundingClientRect()
      return document.elementFromPoint(x + width / 2, y + height / 2)?.localName
    })
  expect(await onTop()).toBe('div')
  await page.evaluate(() => document.getElementById('curtain')?.style.setProperty('z-index', '39'))
  expect(await onTop()).toBe('chatdesk-widget')
})

test('a page that removes what it does not know: it comes back, and does not quarrel', async ({
  page,
  shop,
  site,
  problems,
}) => {
  await page.goto(site.page(shop, 'remover'))
  await page.waitForFunction(() => (window as unknown as { removed: number }).removed === 10)
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Am I still here?')
  await expect(guest.log.getByRole('img', { name: 'Sent' })).toBeVisible()
  await page.evaluate(() => document.querySelector('chatdesk-widget')?.remove())
  await expect(guest.log).toContainText('Am I still here?')
  await guest.say('I am.')
  const agent = await shop.agent()
  expect((await agent.hears('I am.')).texts).toEqual(['Am I still here?', 'I am.'])
  expect(problems).toEqual([])
})

test('a single-page app that draws its body anew keeps the conversation, the draft and the connection', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const sockets: string[] = []
  page.on('websocket', socket => sockets.push(socket.url()))
  await page.goto(site.page(shop, 'spa'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Which mug holds half a litre?')
  const field = page.getByRole('textbox', { name: 'Message' })
  await field.fill('And which')
  for (const [link, title] of [
    ['Mugs', 'Mugs'],
    ['Bowls', 'Bowls'],
    ['Care', 'bowls'],
  ] as const) {
    await page.getByRole('link', { name: link }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(title)
    await expect(guest.log).toBeVisible()
    await expect(field).toHaveValue('And which')
  }
  await page.goBack()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('mugs')
  await field.press('End')
  await field.pressSequentially(' is the lightest?')
  await field.press('Enter')
  const agent = await shop.agent()
  const talk = await agent.hears('And which is the lightest?')
  expect(talk.texts).toEqual(['Which mug holds half a litre?', 'And which is the lightest?'])
  expect(sockets).toHaveLength(1)
  expect(problems).toEqual([])
})
