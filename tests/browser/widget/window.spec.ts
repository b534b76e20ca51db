import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

const open = (page: Page) => page.getByRole('button', { name: 'Open chat' }).click()
const size = async (page: Page) => {
  const box = await page.getByRole('dialog', { name: 'Chat' }).boundingBox()
  return [Math.round(box?.width ?? 0), Math.round(box?.height ?? 0)]
}

async function choose(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /^Menu/ }).click()
  await page.getByRole('menuitem', { name }).click()
}

test('the window is made larger and smaller; that lasts as long as the tab', async ({ page, shop, site }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(site.page(shop, 'plain'))
  await open(page)
  await expect.poll(() => size(page)).toEqual([384, 604])
  await choose(page, 'Larger window')
  await expect.poll(() => size(page)).toEqual([760, 604])
  await page.reload()
  await expect.poll(() => size(page)).toEqual([760, 604])
  await choose(page, 'Smaller window')
  await expect.poll(() => size(page)).toEqual([384, 604])
  await page.getByRole('button', { name: 'Close chat' }).first().click()
  await expect(page.getByRole('dialog')).toBeHidden()
})

test('who is there is shown and told: online, joined, left, away', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  await page.waitForFunction(() => 'chatdesk' in window)
  await page.evaluate(() => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    const { chatdesk } = window as unknown as { chatdesk: (...args: unknown[]) => void }
    for (const name of ['status', 'agent:join', 'agent:leave'])
      chatdesk('on', name, (detail: object) => heard.push([name, detail]))
  })
  await open(page)
  const dialog = page.getByRole('dialog', { name: 'Chat' })
  const guest = visitor(page)
  await guest.say('Who is there?')
  await expect(dialog.getByText('Away', { exact: true })).toBeVisible()
  const agent = await shop.agent()
  await expect(dialog.getByRole('heading', { name: 'Olivia' })).toBeVisible()
  await expect(dialog.getByText('Online now')).toBeVisible()
  const talk = await agent.hears('Who is there?')
  const { conversation } = talk
  const member = agent.client.me?.id ?? ''
  agent.client.send(conversation, { kind: 'assignment', assignment: { member } })
  await expect(guest.log).toContainText('You are talking to Olivia Marsh now')
  agent.client.send(conversation, { kind: 'assignment', assignment: {} })
  const name = 'Olivia Marsh'
  await expect
    .poll(() =>
      // That nobody was there may have been told before anybody listened.
      page.evaluate(() => (window as unknown as { heard: unknown[] }).heard.slice(-3)),
    )
    .toEqual([
      ['status', { online: true }],
      ['agent:join', { conversation, id: member, name }],
      ['agent:leave', { conversation, id: member, name }],
    ])
})

test('a message counts as read only when it can really be seen', async ({ page, shop, site }) => {
  const agent = await shop.agent()
  await page.goto(site.page(shop, 'plain'))
  await open(page)
  const guest = visitor(page)
  await guest.say('Hello')
  const talk = await agent.hears('Hello')
  await page.evaluate(() => {
    const cover = document.createElement('dialog')
    cover.id = 'cover'
    cover.textContent = 'Our cookies'
    cover.style.cssText = 'width:100vw;height:100vh;max-width:none;max-height:none'
    document.body.append(cover)
    cover.showModal()
  })
  await talk.say('Behind the dialog')
  await expect(guest.log).toContainText('Behind the dialog')
  const heard = () =>
    page.evaluate(() =>
      (window as unknown as { chatdesk: (...args: unknown[]) => unknown }).chatdesk('get', 'unread'),
    )
  await expect.poll(heard).toBe(1)
  expect(talk.log.view.visitorRead).toBeLessThan(talk.log.view.head)
  await page.evaluate(() => document.getElementById('cover')?.remove())
  await talk.until('read', ({ visitorRead, head }) => visitorRead === head)
  await expect.poll(heard).toBe(0)
})

test('shown twice as large, everything can be reached', async ({ page, shop, site }) => {
  await shop.agent()
  // 1280 by 800 at 200 %.
  await page.setViewportSize({ width: 640, height: 400 })
  await page.goto(site.page(shop, 'plain'))
  await open(page)
  const guest = visitor(page)
  await guest.say('Large letters')
  await expect(page.getByText('Large letters')).toBeInViewport()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeInViewport({ ratio: 1 })
  await page.getByRole('button', { name: 'Menu' }).click()
  await page.getByRole('menuitem', { name: 'End chat' }).click()
  await page.keyboard.press('Enter')
  await page.getByRole('radio', { name: '5 of 5' }).check({ force: true })
  for (const name of ['Send rating', 'Start a new conversation', 'Continue this conversation']) {
    const button = page.getByRole('button', { name })
    await button.scrollIntoViewIfNeeded()
    await expect(button).toBeInViewport({ ratio: 1 })
  }
})
