import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { expect, test } from '@playwright/test'
import { Gateway } from './support/gateway.ts'
import { answer, visitor } from './support/people.ts'

/** Somebody's own site, on an origin of its own, with nothing on it but the code they were given. */
async function ownSite(code: string): Promise<{ server: Server; url: string }> {
  const page = `<!doctype html><html lang="en"><title>My site</title><body><h1>My site</h1>${code}</body></html>`
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(page)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, url: `http://127.0.0.1:${address.port}/` }
}

for (const form of ['Snippet', 'One line']) {
  test(`from sign-up to a chat on a site of one's own, with the code as ${form}`, async ({ browser }) => {
    const gateway = await Gateway.start()
    let site: Server | undefined
    try {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        permissions: ['clipboard-read', 'clipboard-write'],
      })
      const admin = await context.newPage()
      await admin.goto(`${gateway.url}/console/signup`)
      await admin.getByRole('textbox', { name: 'Organization' }).fill('Loom & Oak')
      await admin.getByRole('textbox', { name: 'Your name' }).fill('Ines')
      await admin.getByRole('textbox', { name: 'E-mail' }).fill('ines@loom.example')
      // Too short, and told so beside the field.
      await admin.getByRole('textbox', { name: 'Password' }).fill('short')
      await admin.getByRole('button', { name: 'Create account' }).click()
      await expect(admin.getByRole('textbox', { name: 'Password' })).toHaveAttribute('aria-invalid', 'true')
      await admin.getByRole('textbox', { name: 'Password' }).fill('correct horse battery')
      await admin.getByRole('button', { name: 'Create account' }).click()

      await admin.getByRole('link', { name: 'Settings' }).click()
      await admin.getByRole('textbox', { name: 'Colour', exact: true }).fill('#7a1f5c')
      // By its label, as people do, who scroll when the bar with Save is in the way.
      await admin.getByText('Bottom left', { exact: true }).click()
      await expect(admin.getByRole('radio', { name: 'Bottom left' })).toBeChecked()
      await admin.getByRole('textbox', { name: 'Greeting' }).fill('Welcome to the workshop!')
      for (const name of ['Commissions', 'Repairs']) {
        await admin.getByRole('button', { name: 'Add department' }).click()
        await admin.getByRole('region', { name: 'Departments' }).getByRole('textbox').last().fill(name)
      }
      await admin.getByRole('switch', { name: 'Ask before the chat' }).check({ force: true })
      await admin.getByRole('group', { name: 'Add a field' }).getByRole('button', { name: 'Name' }).click()
      // The preview is the real widget, with what has not been saved yet.
      const preview = admin.frameLocator('iframe').last()
      await expect(preview.getByRole('dialog', { name: 'Chat' })).toContainText('Welcome to the workshop!')
      await admin.getByRole('button', { name: 'Save' }).click()
      await expect(admin.getByRole('button', { name: 'Save' })).toBeHidden()
      await admin.screenshot({ path: '../../test-results/screenshots/settings.png', fullPage: true })

      await admin.getByRole('radio', { name: form }).check({ force: true })
      await admin.getByRole('button', { name: 'Copy code' }).click()
      await expect(admin.getByRole('button', { name: 'Copied' })).toBeVisible()
      const own = await ownSite(await admin.evaluate(() => navigator.clipboard.readText()))
      site = own.server

      const page = await (await browser.newContext()).newPage()
      const problems: string[] = []
      page.on('pageerror', error => problems.push(error.message))
      await page.goto(own.url)
      await page.getByRole('button', { name: 'Open chat' }).click()
      const window = page.getByRole('dialog', { name: 'Chat' })
      await expect(window).toContainText('Welcome to the workshop!')
      await window.getByRole('combobox').selectOption('Commissions')
      await window.getByRole('textbox', { name: 'Name' }).fill('Otto')
      await window.getByRole('button', { name: 'Start chat' }).click()
      const otto = visitor(page)
      await otto.say('Do you make benches?')

      await admin.getByRole('link', { name: 'Inbox' }).click()
      const ines = await answer(admin, 'Otto')
      await expect(ines.log).toContainText('Do you make benches?')
      await ines.say('We do, from oak.')
      await expect(otto.log).toContainText('We do, from oak.')
      await expect(admin.getByRole('main')).toContainText('Commissions')
      expect(problems).toEqual([])
      // The page got one bubble, on the left, and nothing else of ours.
      expect(await page.evaluate(() => Object.keys(window).filter(key => /chat/i.test(key)))).toEqual([
        'chatdesk',
      ])
      const bubble = await page.getByRole('button', { name: 'Close chat' }).last().boundingBox()
      expect(bubble?.x).toBeLessThan(200)
    } finally {
      site?.close()
      await gateway.stop()
    }
  })
}
