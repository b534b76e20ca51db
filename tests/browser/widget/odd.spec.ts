import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { ask, refused, snippet } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import { visitor } from '../support/people.ts'

const README = new URL('../../../widget-sdk/README.md', import.meta.url)

/** The code of the README in a language, as it stands there. */
async function examples(language: string): Promise<string[]> {
  const found = (await readFile(README, 'utf8')).matchAll(
    new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'),
  )
  return [...found].map(([, code = '']) => code)
}

/** Has the page call every method with every odd argument; answers the codes that promises were rejected with. */
function callOddly(page: Page): Promise<unknown[]> {
  return page.evaluate(async () => {
    const round: Record<string, unknown> = {}
    round.round = round
    const polluting = JSON.parse(
      '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }',
    )
    const odd = [
      undefined,
      null,
      -1,
      Number.NaN,
      7n,
      '',
      ' ',
      'x'.repeat(1e6),
      '\0',
      '\ud800',
      '__proto__',
      'constructor',
    ]
    const things = [
      Symbol('s'),
      [],
      ['a', 7],
      round,
      polluting,
      () => {},
      Object.create(null),
      document,
      { url: 7 },
    ]
    const command = window.chatdesk as (...call: unknown[]) => unknown
    const methods =
      'get on once off prefill greet setTags endChat identify update track page setAttributes setLocale setTheme setDepartment send'
    const codes = new Set<unknown>()
    for (const one of [...odd, ...things]) {
      for (const method of methods.split(' ')) {
        // A department, a page or a text that may be meant so is no mistake.
        if (method === 'send' && typeof one === 'string' && one.length < 100) continue
        try {
          await command(method, one, one, one)
        } catch (error) {
          codes.add((error as { code?: string }).code)
        }
      }
      command(one as string, one)
    }
    return [...codes, Object.hasOwn(Object.prototype, 'polluted')]
  })
}

test('whatever a page gives is refused by name, and the widget goes on', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  await ask(page, 'open')
  await expect(page.getByRole('dialog')).toBeVisible()
  const codes = await callOddly(page)
  expect(codes).toContain('bad_field')
  expect(codes).not.toContain(undefined)
  expect(codes).not.toContain('internal')
  expect(codes.at(-1)).toBe(false)
  await ask(page, 'setDepartment', null)
  await ask(page, 'setTheme', 'light')
  await visitor(page).say('Still here')
  await (await shop.agent()).hears('Still here')
})

test('what is too large is refused in words, and what is not for a call by its name', async ({
  page,
  shop,
  site,
}) => {
  await page.goto(site.page(shop, 'plain'))
  await ask(page, 'open')
  const huge = 'x'.repeat(1e6)
  for (const call of ['send', 'prefill', 'greet']) {
    expect(await refused(page, call, huge)).toMatchObject({ code: 'too_large', field: 'text' })
  }
  for (const call of ['identify', 'update']) {
    const { code, message } = await refused(page, call, { name: huge })
    expect([code, message]).toEqual(['too_large', 'what was given is too large to be sent'])
  }
  expect((await refused(page, 'page', { attributes: { a: 1 } })).message).toBe(
    'attributes is not for page: there are url, title, referrer',
  )
})

test('options that make no sense are named, and the rest goes on', async ({ page, shop, site }) => {
  const told = await snippet(page, ['error', 'ready'])
  await page.goto(site.page(shop, 'plain'))
  await told.next('ready')
  await ask(page, 'shutdown')
  const odd = {
    zIndex: 'high',
    theme: 7,
    autoOpenDelay: -1,
    position: 'top',
    userData: 'x',
    primaryColor: 'red',
    nonsense: 1,
  }
  await ask(page, 'init', { widgetKey: shop.key, ...odd })
  await told.next('ready', 2)
  await expect(page.getByRole('button', { name: 'Open chat' })).toBeVisible()
  const wrong = told.of('error').map(({ field }) => field)
  expect(wrong.sort()).toEqual(Object.keys(odd).sort())
})

test('the README’s functions make tokens that the gateway takes', async ({ page, shop, site }) => {
  const [row] = await shop.gateway.query<{ secret: string }>(
    "select encode(identity_secret, 'hex') as secret from widget_settings where organization_id = $1",
    [shop.id],
  )
  const [node = ''] = (await examples('js')).filter(code => code.includes('function identityToken'))
  const [python = ''] = await examples('python')
  const who = { id: 'c-7', name: 'Ada', email: 'ada@shop.example' }
  const say = `console.log(identityToken('${row?.secret}', ${JSON.stringify(who)}))`
  const print = `print(identity_token('${row?.secret}', 'c-8', None, None))`
  const tokens = [
    execFileSync(process.execPath, ['--input-type=module', '-e', `${node}\n${say}`]),
    execFileSync('python3', ['-c', `${python}\n${print}`]),
  ]
  await page.goto(site.page(shop, 'plain'))
  for (const token of tokens) {
    expect(await ask(page, 'identify', { token: String(token).trim() })).toMatchObject({ verified: true })
  }
  const [header, claims] = String(tokens[0]).trim().split('.')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  for (const token of [`${none}.${claims}.`, `${header}.${claims}.`, `${header}.${claims}`]) {
    expect(await refused(page, 'identify', { token })).toMatchObject({ code: 'unauthenticated' })
  }
})

test('a page that the widget’s owner does not know plants no session in a window', async ({
  page,
  shop,
  site,
}) => {
  await shop.configure({ allowed_domains: ['shop.example'] })
  await page.goto(`${site.origin}/${shop.key}/framed`)
  const [response] = await Promise.all([
    page.context().waitForEvent('response', answer => answer.url().includes('/popout/')),
    page.evaluate(
      url => void open(url),
      `${shop.gateway.url}/popout/${shop.key}?from=${encodeURIComponent(site.origin)}`,
    ),
  ])
  expect(response.status()).toBe(403)
})

test('what is kept in the browser is what the README says', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  await ask(page, 'open')
  await visitor(page).say('Kept')
  await (await shop.agent()).hears('Kept')
  const keys = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)].flat())
  for (const key of keys) expect(key.startsWith(`chatdesk:${shop.key}:`), key).toBe(true)
  expect(await page.evaluate(() => document.cookie)).toBe('')
})
