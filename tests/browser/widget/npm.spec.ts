import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ask } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

const PACKAGE = new URL('../../../widget-sdk/dist/npm/index.js', import.meta.url)

test('the package brings the widget under the strict policy, with what was called before it', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const warned: string[] = []
  page.on('console', message => message.type() === 'warning' && warned.push(message.text()))
  await page.route('**/package.js', async route =>
    route.fulfill({ contentType: 'text/javascript', body: await readFile(PACKAGE, 'utf8') }),
  )
  await page.goto(site.page(shop, 'package'))
  await expect(page.locator('body[data-ready]')).toBeVisible()
  await expect(page.locator('chatdesk-widget')).toHaveCount(1)
  await page.getByRole('button', { name: 'Open chat' }).click()
  const guest = visitor(page)
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('From a bundle')
  await page.keyboard.press('Enter')
  await (await shop.agent()).hears('From a bundle')
  await expect(guest.log).toContainText('From a bundle')
  // The page's global is the same command.
  expect(await ask(page, 'get', 'open')).toBe(true)
  expect(problems).toEqual([])
  expect(warned).toEqual([])
})

test('on a server the package does nothing', async () => {
  const { chatdesk, load } = await import(PACKAGE.href)
  expect(load({ gateway: 'https://chat.example', widgetKey: 'wk' })).toBe(chatdesk)
  expect(chatdesk('open')).toBeUndefined()
})

/** What a strict site writes: everything that is exported, and mistakes that the types must catch. */
const CONSUMER = `
import { chatdesk, load } from '@chatdesk/widget'
import type { ChatDesk, EventName, Events, InitOptions, Listener, LoadOptions, Methods } from '@chatdesk/widget'
load({ gateway: 'https://chat.example', widgetKey: 'wk_demo', theme: 'dark' })
chatdesk('on', 'unread', ({ count }) => count.toFixed())
export const unread: number | undefined = chatdesk('get', 'unread')
window.chatdesk?.('identify', { externalId: 'c-7' }).then(({ verified }) => verified === true)
// @ts-expect-error
window.chatdesk?.('nonsense')
// @ts-expect-error
chatdesk('send', 7)
// @ts-expect-error
chatdesk('on', 'nonsense', () => {})
// @ts-expect-error
load({ gateway: 'https://chat.example', nonsense: 1 })
export type All = [ChatDesk, EventName, Events, InitOptions, Listener, LoadOptions, Methods]
`

test('the package as it is built has types for a strict compiler, and is found by plain Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatdesk-consumer-'))
  try {
    const place = join(folder, 'node_modules/@chatdesk/widget')
    mkdirSync(join(place, '..'), { recursive: true })
    cpSync(fileURLToPath(new URL('.', PACKAGE)), place, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'site.ts'), CONSUMER)
    const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))
    const strict =
      '--strict --noEmit --skipLibCheck false --exactOptionalPropertyTypes --target es2022 --lib es2022,dom'
    for (const how of ['--module esnext --moduleResolution bundler', '--module nodenext']) {
      execFileSync(tsc, `${strict} ${how} site.ts`.split(' '), { cwd: folder, stdio: 'inherit' })
    }
    const script =
      "import { chatdesk, load } from '@chatdesk/widget'; console.log(typeof chatdesk, typeof load)"
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
    expect(String(said).trim()).toBe('function function')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
