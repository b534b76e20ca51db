import type { Page } from '@playwright/test'
import { violations, withAxe } from '../support/axe.ts'
import { expect, test } from '../support/fixtures.ts'
import { png } from '../support/made.ts'
import type { Organization } from '../support/organization.ts'
import { type Person, visitor } from '../support/people.ts'
import type { Site } from '../support/site.ts'

async function talking(page: Page, shop: Organization, site: Site) {
  const agent = await shop.agent()
  await withAxe(page)
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await guest.say('Hello')
  return { guest, talk: await agent.hears('Hello') }
}

const choose = (page: Page, ...files: ReturnType<typeof png>[]) =>
  page.getByRole('dialog').locator('input[type=file]').setInputFiles(files)
const picture = ({ log }: Person, name: string) => log.getByRole('button', { name })
const light = (page: Page, name: string) => page.getByRole('dialog', { name, exact: true })

test('one sender’s messages stand together under one name and time; a day line stands above', async ({
  page,
  shop,
  site,
}) => {
  const { guest, talk } = await talking(page, shop, site)
  await talk.say('Good morning')
  await talk.say('How can I help?\n\nhttps://kiln.example/help(1), or www.kiln.example.')
  await expect(guest.log.locator('.cd-run')).toHaveCount(2)
  await expect(guest.log.locator('.cd-name')).toHaveText(['Olivia Marsh'])
  await expect(guest.log.locator('time')).toHaveCount(2)
  await expect(guest.log.locator('.cd-day')).toHaveText(['Today'])
  const bubble = guest.log.locator('.cd-bubble').last()
  expect(await bubble.innerText()).toBe(
    'How can I help?\n\nhttps://kiln.example/help(1), or www.kiln.example.',
  )
  const links = bubble.getByRole('link')
  expect(await links.evaluateAll(all => all.map(link => (link as HTMLAnchorElement).href))).toEqual([
    'https://kiln.example/help(1)',
    'https://www.kiln.example/',
  ])
  for (const rel of await links.evaluateAll(all => all.map(link => (link as HTMLAnchorElement).rel))) {
    expect(rel).toContain('noopener')
  }
})

test('one to three emoji and nothing else are large', async ({ page, shop, site }) => {
  const { guest, talk } = await talking(page, shop, site)
  await talk.say('👩🏽‍🚀🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇫🇮')
  await talk.say('🎉🎉🎉🎉')
  await talk.say('2')
  await expect(guest.log.locator('.cd-bubble')).toHaveCount(4)
  const sizes = await guest.log
    .locator('.cd-bubble')
    .evaluateAll(all => all.map(bubble => Number.parseFloat(getComputedStyle(bubble).fontSize)))
  expect(sizes.map(size => size > 30)).toEqual([false, true, false, false])
})

test('ticks: stored, then read', async ({ page, shop, site }) => {
  const { guest, talk } = await talking(page, shop, site)
  await expect(guest.log.getByRole('img', { name: 'Sent' })).toBeVisible()
  talk.read()
  await expect(guest.log.getByRole('img', { name: 'Read' })).toBeVisible()
})

test('a message waits for the connection with a ring, and is sent when it is back', async ({
  page,
  shop,
  site,
}) => {
  const { guest } = await talking(page, shop, site)
  await page.context().setOffline(true)
  await guest.say('Are you there?')
  await expect(guest.log.getByRole('img', { name: 'Sending' })).toBeVisible()
  await page.context().setOffline(false)
  await expect(guest.log.getByRole('img', { name: 'Sending' })).toHaveCount(0)
  expect((await shop.entries()).map(({ text }) => text)).toContain('Are you there?')
})

test('pictures have their room before they come: nothing moves, and the end stays in sight', async ({
  page,
  shop,
  site,
}) => {
  const { guest } = await talking(page, shop, site)
  await guest.say('More than fits. '.repeat(60))
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  await page.route('**/files/**', async route => {
    await held
    await route.continue()
  })
  await choose(page, png('tall.png', 300, 900), png('tiny.png', 20, 20))
  await expect(picture(guest, 'tiny.png')).toHaveAttribute('data-state', 'loading')
  await expect(page.getByRole('list', { name: 'Files' })).toBeHidden()
  const height = () => guest.log.evaluate(list => list.scrollHeight)
  const fromEnd = () =>
    guest.log.evaluate(list => Math.round(list.scrollHeight - list.scrollTop - list.clientHeight))
  const before = await height()
  expect(await fromEnd()).toBe(0)
  release()
  await expect(picture(guest, 'tall.png')).toHaveAttribute('data-state', 'shown')
  await expect(picture(guest, 'tiny.png')).toHaveAttribute('data-state', 'shown')
  expect(await height()).toBe(before)
  expect(await fromEnd()).toBe(0)
  expect(
    await picture(guest, 'tiny.png')
      .locator('canvas')
      .evaluate(canvas => (canvas as HTMLCanvasElement).width),
    'a small one is not blown up',
  ).toBe(20)
})

test('a large picture is loaded when it is asked for; one that does not come says so and can be asked for again', async ({
  page,
  shop,
  site,
}) => {
  const { guest } = await talking(page, shop, site)
  const fetched: string[] = []
  page.on('request', request => request.url().includes('/files/') && fetched.push(request.url()))
  await choose(page, png('huge.png', 1100, 1000, true))
  const huge = picture(guest, 'huge.png')
  await expect(huge).toContainText('Show picture (3.3 MB)')
  expect(fetched).toEqual([])
  await page.route('**/files/**', route => route.abort())
  await huge.click()
  await expect(huge).toContainText('The picture could not be loaded')
  await page.unroute('**/files/**')
  await huge.click()
  await expect(huge).toHaveAttribute('data-state', 'shown')
})

test('a picture opens over the page and is gone through by keyboard; the keyboard comes back', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const { guest } = await talking(page, shop, site)
  for (const made of [png('one.png', 2000, 1000), png('two.png', 60, 40), png('three.png', 640, 480)]) {
    await choose(page, made)
    await expect(picture(guest, made.name)).toHaveAttribute('data-state', 'shown')
  }
  await picture(guest, 'one.png').focus()
  await page.keyboard.press('Enter')
  const canvas = light(page, 'one.png').locator('canvas')
  await expect(canvas).toBeVisible()
  await expect(light(page, 'one.png')).toContainText('1 of 3')
  const fits = await canvas.boundingBox()
  expect(fits?.width).toBeLessThanOrEqual(1280)
  await expect(light(page, 'one.png').getByRole('button', { name: 'Close picture' })).toBeFocused()
  expect(await violations(page)).toEqual([])

  await light(page, 'one.png').getByRole('button', { name: 'Actual size' }).press('Enter')
  await expect.poll(async () => (await canvas.boundingBox())?.width).toBe(2000)
  await light(page, 'one.png').getByRole('button', { name: 'Fit to window' }).press('Enter')
  await expect.poll(async () => (await canvas.boundingBox())?.width).toBe(fits?.width)

  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowRight')
  await expect(light(page, 'two.png').locator('canvas')).toBeVisible()
  await light(page, 'two.png').getByRole('button', { name: 'Next picture' }).press('Enter')
  await expect(light(page, 'three.png').locator('canvas')).toBeVisible()
  await expect(light(page, 'three.png').getByRole('link', { name: 'Download' })).toHaveAttribute(
    'download',
    'three.png',
  )
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab')
    const outside = await page.evaluate(() => {
      const focused = document.activeElement?.shadowRoot?.activeElement
      return document.activeElement === document.body ? false : !focused?.closest('dialog')
    })
    expect(outside, 'the keyboard stays in it').toBe(false)
  }
  await page.keyboard.press('Escape')
  await expect(light(page, 'three.png')).toHaveCount(0)
  await expect(picture(guest, 'one.png')).toBeFocused()
  await expect(page.getByRole('dialog', { name: 'Chat' }), 'the window stays').toBeVisible()
  expect(problems).toEqual([])
})
