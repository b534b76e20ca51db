import type { Request } from '@playwright/test'
import { expect, type Page, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'
import { shifts } from '../support/watch.ts'

/** What a page asks of an origin, in order: paths, and `ws` for a socket. */
function asked(page: Page, origin: string): string[] {
  const paths: string[] = []
  page.on('request', (request: Request) => {
    if (request.url().startsWith(origin)) paths.push(new URL(request.url()).pathname)
  })
  page.on('websocket', () => paths.push('ws'))
  return paths
}

/** Resolves once the page has loaded and had an idle moment, behind those that were asked for before. */
const idle = (page: Page) =>
  page.evaluate(async () => {
    if (document.readyState !== 'complete') await new Promise(then => addEventListener('load', then))
    for (let i = 0; i < 3; i++) await new Promise(then => requestIdleCallback(then))
  })

test('a first visit costs nothing but the first script until the page is idle', async ({
  page,
  shop,
  site,
  gateway,
}) => {
  const paths = asked(page, gateway.url)
  // A picture that takes its time: the page is not loaded before it is there.
  let paint = () => {}
  const painted = new Promise<void>(then => {
    paint = then
  })
  await page.route('**/slow.css', async route => {
    await painted
    await route.fulfill({ contentType: 'text/css', body: '' })
  })
  await page.goto(site.page(shop, 'slow'), { waitUntil: 'commit' })
  await expect(page.getByRole('heading', { name: 'Kiln & Fern' })).toBeAttached()
  await page.waitForFunction(() => 'chatdesk' in window && 'v' in (window.chatdesk as object))
  expect(await page.evaluate(() => document.readyState)).not.toBe('complete')
  expect(paths).toEqual(['/widget.js'])
  paint()
  await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible()
  // How it looks, the gateway says: the panel asks, and tells which page this is. Nothing else is loaded.
  expect(paths.filter(path => path === 'ws')).toHaveLength(1)
  expect(paths.filter(path => !/^\/widget\/(?:panel|words|trail)-|^\/widget\.js$|^ws$/.test(path))).toEqual(
    [],
  )
})

test('who has been here before and has nothing to say costs no panel and no socket until they point at it', async ({
  page,
  shop,
  site,
  gateway,
}) => {
  await page.goto(site.page(shop, 'plain'))
  await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible()
  const paths = asked(page, gateway.url)
  await page.goto(site.page(shop, 'second'))
  const bubble = page.getByRole('button', { name: 'Open chat' })
  await expect(bubble).toBeVisible()
  await idle(page)
  expect(paths.filter(path => path !== '/widget.js')).toEqual([])
  const socket = page.waitForEvent('websocket')
  await bubble.hover()
  await socket
  expect(paths.some(path => path.startsWith('/widget/panel-'))).toBe(true)
  // Seen, not clicked: nothing opens.
  await expect(page.getByRole('dialog', { name: 'Chat' })).toBeHidden()
})

test('a gateway that does not answer keeps no page waiting', async ({ page, shop, site, problems }) => {
  let answer = () => {}
  const answered = new Promise<void>(then => {
    answer = then
  })
  await page.route('**/widget.js', async route => {
    await answered
    await route.abort()
  })
  await page.goto(site.page(shop, 'plain'), { waitUntil: 'domcontentloaded' })
  await page.getByRole('textbox', { name: 'Search' }).fill('vase')
  await page.getByRole('link', { name: 'The planters' }).click()
  await expect(page.getByRole('heading', { name: 'Planters' })).toBeVisible()
  answer()
  await expect(page.locator('chatdesk-widget')).toHaveCount(0)
  expect(problems).toEqual([])
})

test('nothing on the page moves while it loads, opens, talks and closes', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  const bubble = page.getByRole('button', { name: 'Open chat' })
  await expect(bubble).toBeVisible()
  expect(await shifts(page), 'loaded').toEqual([])
  await bubble.click()
  const guest = visitor(page)
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
  expect(await shifts(page), 'opened').toEqual([])
  await guest.say('How wide is the biggest planter?')
  const agent = await shop.agent()
  const talk = await agent.hears('How wide is the biggest planter?')
  await talk.say('Forty centimetres, and it weighs nine kilos.')
  await expect(guest.log).toContainText('nine kilos')
  await page.keyboard.press('Escape')
  await expect(guest.log).toBeHidden()
  expect((await shifts(page)).filter(({ inside }) => !inside)).toEqual([])
})

test('scripts come compressed, from anywhere, and for ever where their names change with them', async ({
  page,
  shop,
  site,
  gateway,
}) => {
  const paths = asked(page, gateway.url)
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible()
  const scripts = paths.filter(path => path.endsWith('.js'))
  expect(scripts.length).toBeGreaterThan(1)
  for (const path of scripts) {
    const get = async (encoding: string) => {
      const response = await page.request.get(`${gateway.url}${path}`, {
        headers: { 'accept-encoding': encoding, origin: site.origin },
      })
      expect(response.status(), path).toBe(200)
      return { headers: response.headers(), body: await response.body() }
    }
    const plain = await get('identity')
    const entry = path === '/widget.js'
    expect(plain.headers['cache-control'], path).toBe(
      entry ? 'public, max-age=300' : 'public, max-age=31536000, immutable',
    )
    expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(plain.headers['access-control-allow-origin']).toBe('*')
    expect(plain.headers.vary).toContain('accept-encoding')
    expect(plain.headers['content-encoding']).toBeUndefined()
    for (const encoding of ['br', 'gzip']) {
      const compressed = await get(encoding)
      expect(compressed.headers['content-encoding'], path).toBe(encoding)
      expect(compressed.body.equals(plain.body), path).toBe(true)
    }
  }
})

test('a page with an older loader gets the panel of now', async ({ page, shop, site, gateway, problems }) => {
  // The gateway was updated since it served the script: the file that it names is not there any more.
  await page.route('**/widget.js', async route => {
    const response = await route.fetch()
    const body = (await response.text()).replace(/panel-[\w-]+\.js/, 'panel-0lderT1me.js')
    await route.fulfill({ response, body })
  })
  const paths = asked(page, gateway.url)
  await page.goto(site.page(shop, 'plain'))
  // It paints its bubble, too, though nothing was known of its looks.
  await page.getByRole('button', { name: 'Open chat' }).click()
  await visitor(page).say('Does the old door still open?')
  const agent = await shop.agent()
  await agent.hears('Does the old door still open?')
  expect(paths).toContain('/widget/panel-0lderT1me.js')
  expect(paths).toContain('/widget/panel.js')
  expect(problems).toEqual([])
})
