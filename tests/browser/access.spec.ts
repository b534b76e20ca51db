import { createRequire } from 'node:module'
import { expect, type Page, test } from '@playwright/test'
import { Gateway } from './support/gateway.ts'
import { answer, logIn, startChat, visit } from './support/people.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong on the page as it stands, shadow roots included. */
async function violations(page: Page): Promise<string[]> {
  const loaded = await page.evaluate(() => 'axe' in window)
  // Not as a script element: the pages' policies rightly refuse what is not theirs.
  if (!loaded)
    await page
      .context()
      .newCDPSession(page)
      .then(async session => {
        const { readFile } = await import('node:fs/promises')
        await session.send('Runtime.evaluate', { expression: await readFile(AXE, 'utf8') })
      })
  return page.evaluate(async () => {
    const axe = (window as unknown as { axe: typeof import('axe-core') }).axe
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await axe.run(document, { runOnly: tags, iframes: false })
    return violations.flatMap(found => found.nodes.map(node => `${found.id}: ${node.target.join(' ')}`))
  })
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of [
    { width: 390, height: 844 },
    { width: 1280, height: 800 },
  ]) {
    const size = `${viewport.width}x${viewport.height}-${colorScheme}`
    test(`axe finds nothing at ${size}`, async ({ browser }) => {
      const gateway = await Gateway.start()
      const shot = (page: Page, name: string) =>
        page.screenshot({ path: `../../test-results/screenshots/${size}/${name}.png` })
      const expectClean = async (page: Page, name: string) => {
        await shot(page, name)
        expect(await violations(page), name).toEqual([])
      }
      try {
        const page = await visit(browser, gateway.url)
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await page.setViewportSize(viewport)
        await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible()
        await expectClean(page, 'widget-bubble')
        await page.getByRole('button', { name: 'Open chat' }).click()
        await expect(page.getByRole('textbox', { name: 'Your name' })).toBeVisible()
        await expectClean(page, 'widget-form')
        await page.getByRole('button', { name: 'Start chat' }).click()
        await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveAttribute('aria-invalid', 'true')
        await expectClean(page, 'widget-form-errors')
        await page.keyboard.press('Escape')
        const guest = await startChat(page, 'Frida')
        await guest.say('Is the planter frost-proof?')

        const desk = await logIn(browser, gateway.url, 'owner@demo.test', 'chatdesk-demo')
        await desk.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await desk.setViewportSize(viewport)
        await expectClean(desk, 'console-inbox')
        const agent = await answer(desk, 'Frida')
        await agent.say('It is, down to minus ten.')
        await expect(guest.log).toContainText('minus ten')
        await expectClean(page, 'widget-conversation')
        await expectClean(desk, 'console-conversation')
        await desk.getByRole('button', { name: 'Status: Open' }).click()
        await expect(desk.getByRole('menuitemradio', { name: 'Open' })).toBeFocused()
        await expectClean(desk, 'console-status')
        await desk.keyboard.press('Escape')
        await desk.getByRole('button', { name: 'Assigned to: Nobody' }).click()
        await desk.getByRole('menuitemradio', { name: 'Amir Chen' }).focus()
        await expectClean(desk, 'console-assign')
        await desk.keyboard.press('Enter')
        await expect(agent.log).toContainText('assigned the conversation to Amir Chen')
        await expectClean(desk, 'console-assigned')
        await desk.getByRole('button', { name: 'Priority: None' }).click()
        await desk.getByRole('menuitemradio', { name: 'Urgent' }).focus()
        await expectClean(desk, 'console-priority')
        await desk.keyboard.press('Enter')
        await expect(agent.log).toContainText('set the priority to Urgent')
        await expectClean(desk, 'console-event')
        const details = desk.getByRole('complementary', { name: 'Details' })
        if (!(await details.isVisible())) await desk.getByRole('button', { name: 'Details' }).click()
        await expect(details.getByText('IP address')).toBeVisible()
        await expectClean(desk, 'console-details')
        await details.getByRole('button', { name: 'Erase…' }).click()
        await desk.getByRole('dialog').getByRole('button', { name: 'Anonymize' }).click()
        await expect(desk.getByRole('dialog')).toContainText('That is not')
        await expectClean(desk, 'console-erase')
        await desk.keyboard.press('Escape')
        await desk.goto(`${gateway.url}/console/?q=fri`)
        await expect(desk.getByRole('link', { name: /frida@example.com/ })).toBeVisible()
        await expectClean(desk, 'console-found')
        await desk.getByRole('link', { name: /frida@example.com/ }).click()
        await expect(desk.getByRole('link', { name: /minus ten/ })).toBeVisible()
        await expectClean(desk, 'console-contact')
        await desk.goto(`${gateway.url}/console/?q=xyzzy`)
        await expect(desk.getByRole('heading', { name: 'Nothing found' })).toBeVisible()
        await expectClean(desk, 'console-nothing-found')
        await desk.goto(`${gateway.url}/console/?whose=mine&priority=low`)
        await expect(desk.getByRole('heading', { name: 'Nothing here' })).toBeVisible()
        await expectClean(desk, 'console-narrowed')
        await desk.goto(`${gateway.url}/console/settings`)
        await expect(desk.getByRole('heading', { name: 'Installation' })).toBeVisible()
        await expectClean(desk, 'console-settings')
        await desk.goto(`${gateway.url}/console/settings/data`)
        await desk.getByLabel('Page views').fill('0')
        await desk.getByRole('button', { name: 'Save changes' }).click()
        await expect(desk.getByLabel('Page views')).toHaveAttribute('aria-invalid', 'true')
        await expectClean(desk, 'console-kept')
        await desk.getByRole('button', { name: 'Discard' }).click()
        await desk.context().clearCookies()
        await desk.goto(`${gateway.url}/console/login`)
        await expect(desk.getByRole('button', { name: 'Log in' })).toBeVisible()
        await expectClean(desk, 'console-login')
        await desk.goto(`${gateway.url}/console/signup`)
        await expect(desk.getByRole('button', { name: 'Create account' })).toBeVisible()
        await expectClean(desk, 'console-signup')
      } finally {
        await gateway.stop()
      }
    })
  }
}

test('a visitor needs no mouse', async ({ browser }) => {
  const gateway = await Gateway.start()
  try {
    const page = await visit(browser, gateway.url)
    const bubble = page.getByRole('button', { name: 'Open chat' })
    await expect(bubble).toBeVisible()
    await bubble.focus()
    await page.keyboard.press('Enter')
    // Focus is in the form; Tab goes through it.
    await expect(page.getByRole('combobox')).toBeFocused()
    await page.keyboard.press('Tab')
    await page.keyboard.type('Greta')
    await page.keyboard.press('Tab')
    await page.keyboard.type('greta@example.com')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
    await page.keyboard.type('Hello there')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('log')).toContainText('Hello there')
    await page.keyboard.press('Escape')
    await expect(page.getByRole('button', { name: 'Open chat' })).toBeFocused()
  } finally {
    await gateway.stop()
  }
})
