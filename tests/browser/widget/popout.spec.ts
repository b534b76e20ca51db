import { ask, refused, snippet } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

test('the chat goes on in a window of its own, and both stay in step', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const told = await snippet(page, ['close', 'message:sent'])
  await page.goto(site.page(shop, 'plain'))
  await ask(page, 'open')
  await visitor(page).say('From the page')
  await told.next('message:sent')
  await page.getByRole('textbox', { name: 'Message' }).fill('Half a sen')
  const listeners = await page.evaluate(() => {
    window.onmessage = () => {}
    return String(window.onmessage)
  })
  const [popup] = await Promise.all([page.waitForEvent('popup'), ask(page, 'popout')])
  const wrong: string[] = []
  popup.on('pageerror', error => wrong.push(error.message))
  popup.on('console', message => message.type() === 'error' && wrong.push(message.text()))
  await expect(visitor(popup).log).toContainText('From the page')
  await told.next('close')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(popup.getByRole('textbox', { name: 'Message' })).toHaveValue('Half a sen')
  // The window fills the page, and has no bubble.
  const { width = 0, height = 0 } = (await popup.getByRole('dialog').boundingBox()) ?? {}
  const size =
    popup.viewportSize() ?? (await popup.evaluate(() => ({ width: innerWidth, height: innerHeight })))
  expect([width, height]).toEqual([size.width, size.height])
  await expect(popup.locator('.bubble')).toBeHidden()
  await visitor(popup).say('From the window')
  const talk = await (await shop.agent()).hears('From the window')
  await ask(page, 'open')
  await expect(visitor(page).log).toContainText('From the window')
  await talk.say('To both')
  await expect(visitor(popup).log).toContainText('To both')
  await expect(visitor(page).log).toContainText('To both')
  // The session is in no address, and survives the window's being loaded again.
  const token = await page.evaluate(key => localStorage.getItem(`chatdesk:${key}:token`), shop.key)
  expect(token).toBeTruthy()
  expect(popup.url()).not.toContain(String(token))
  await popup.reload()
  await expect(visitor(popup).log).toContainText('To both')
  expect(await page.evaluate(() => String(window.onmessage))).toBe(listeners)
  expect([...problems, ...wrong]).toEqual([])
})

test('a conversation that is begun in the window goes on in the page', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  const [popup] = await Promise.all([page.waitForEvent('popup'), ask(page, 'popout')])
  await visitor(popup).say('Begun over there')
  const talk = await (await shop.agent()).hears('Begun over there')
  await expect.poll(() => ask(page, 'get', 'conversation')).toBe(talk.conversation)
  expect(await ask(page, 'get', 'visitor')).toBe(await ask(popup, 'get', 'visitor'))
  await popup.close()
  await ask(page, 'open')
  await expect(visitor(page).log).toContainText('Begun over there')
})

test('nobody else is handed the session', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  const [popup] = await Promise.all([page.waitForEvent('popup'), ask(page, 'popout')])
  await expect(visitor(popup).log).toBeVisible()
  // Another window, of the gateway's origin and with the same words, but not the one that was opened.
  const [other] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(url => void open(url), `${shop.gateway.url}/preview/${shop.key}`),
  ])
  // The page's answer to a second question comes after whatever the widget says to the first.
  await page.evaluate(() =>
    addEventListener('message', ({ source, data }) => {
      if (data === 'mark') source?.postMessage('mark', { targetOrigin: '*' })
    }),
  )
  const first = await other.evaluate(
    origin =>
      new Promise(resolve => {
        addEventListener('message', ({ data }) => resolve(data))
        opener.postMessage({ chatdesk: 'chatdesk:popout' }, origin)
        opener.postMessage('mark', origin)
      }),
    new URL(page.url()).origin,
  )
  expect(first).toBe('mark')
  // And the window takes it from none but the page that its address names.
  const before = await ask(popup, 'get', 'visitor')
  await page.evaluate(() => postMessage({ chatdesk: 'chatdesk:popout', options: { session: 'stolen' } }, '*'))
  expect(await ask(popup, 'get', 'visitor')).toBe(before)
})

test('a window that the browser does not allow is told of', async ({ page, shop, site }) => {
  const told = await snippet(page, ['error'])
  await page.addInitScript(() => {
    window.open = () => null
  })
  await page.goto(site.page(shop, 'plain'))
  expect((await refused(page, 'popout')).code).toBe('popup_blocked')
  expect(await told.next('error')).toMatchObject({ code: 'popup_blocked' })
})

test('opened by hand, the page is a chat of its own', async ({ page, shop }) => {
  await page.goto(`${shop.gateway.url}/popout/${shop.key}`)
  await visitor(page).say('Straight to the point')
  await (await shop.agent()).hears('Straight to the point')
})
