import { createHmac } from 'node:crypto'
import type { EventName } from '@chatdesk/widget'
import { ask, refused, snippet } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import type { Organization } from '../support/organization.ts'
import { visitor } from '../support/people.ts'

/** What the agents know of a visitor. */
async function profile(shop: Organization, id: unknown) {
  const agent = await shop.agent()
  return agent.client.request('profile', { visitor: String(id) })
}

/** A token as the site's server would sign it. */
async function token(shop: Organization, claims: object): Promise<string> {
  const [row] = await shop.gateway.query<{ secret: Buffer }>(
    'select identity_secret as secret from widget_settings where organization_id = $1',
    [shop.id],
  )
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 600
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp, ...claims })}`
  return `${signed}.${createHmac('sha256', row?.secret ?? '')
    .update(signed)
    .digest('base64url')}`
}

test('what is called before the script is there is done in its order, and listeners hear of it', async ({
  page,
  shop,
  site,
  problems,
}) => {
  const told = await snippet(
    page,
    ['ready', 'identify', 'open', 'connection'],
    ['identify', { externalId: 'c-7', name: 'Ada', email: 'ada@shop.example', attributes: { plan: 'gold' } }],
    ['setAttributes', { plan: 'silver', seats: 3 }],
    ['track', 'basket filled', { pieces: 2 }],
    ['setTags', ['vip', 'wholesale']],
    ['prefill', 'About my order'],
    ['open'],
  )
  await page.goto(site.page(shop, 'plain'))
  await told.next('open')
  expect(told.names('ready', 'open')).toEqual(['ready', 'open'])
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('About my order')
  const { visitor, name, verified, switched } = await told.next('identify')
  expect({ name, verified, switched }).toEqual({ name: 'Ada', verified: false, switched: false })
  expect(await ask(page, 'get')).toMatchObject({
    open: true,
    visitor,
    verified: false,
    name: 'Ada',
    unread: 0,
  })
  await expect
    .poll(() => profile(shop, visitor))
    .toMatchObject({
      external_id: 'c-7',
      attributes: { plan: 'silver', seats: 3, tags: 'vip,wholesale' },
      visitor: { email: 'ada@shop.example' },
      events: [{ name: 'basket filled', properties: { pieces: 2 } }],
    })
  // A listener that comes late is told all the same.
  expect(
    await page.evaluate(
      () => new Promise(resolve => window.chatdesk?.('on', 'ready', () => resolve('told'))),
    ),
  ).toBe('told')
  expect(problems).toEqual([])
})

test('a call that breaks a rule is refused with the field and the rule, in the console and as an event', async ({
  page,
  shop,
  site,
}) => {
  const said: string[] = []
  page.on('console', message => message.type() === 'error' && said.push(message.text()))
  const told = await snippet(page, ['error', 'ready'])
  await page.goto(site.page(shop, 'plain'))
  await told.next('ready')
  for (const [call, error] of [
    [
      ['identify', { mail: 'x' }],
      { code: 'bad_field', field: 'mail', message: /not for identify.*externalId/ },
    ],
    [['identify', { email: 'nowhere' }], { code: 'bad_field', field: 'email', message: /email/ }],
    [['identify', { name: 7 }], { code: 'bad_field', field: 'name', message: /must be a text/ }],
    [['identify', { token: 'not.a.token' }], { code: 'unauthenticated', message: /./ }],
    [['identify'], { code: 'bad_field', field: 'identify', message: /must be an object/ }],
    [['update', { externalId: 'x' }], { code: 'bad_field', field: 'externalId', message: /not for update/ }],
    [['track', ''], { code: 'bad_field', field: 'event', message: /must be a text/ }],
    [
      ['track', 'x', { a: { b: 1 } }],
      { code: 'bad_field', field: 'properties.a', message: /must be a text, a num/ },
    ],
    [
      ['setAttributes', { ['x'.repeat(41)]: 1 }],
      { code: 'bad_field', field: 'attributes', message: /40 bytes/ },
    ],
    [['setTags', 'vip'], { code: 'bad_field', field: 'tags', message: /must be a list/ }],
    [['setLocale', 'tlh'], { code: 'bad_field', field: 'locale', message: /must be one of en, de/ }],
    [['setTheme', 'pink'], { code: 'bad_field', field: 'theme', message: /auto, light or dark/ }],
    [['send', 'x'.repeat(20_000)], { code: 'too_large', field: 'text', message: /./ }],
  ] as const) {
    const { message, ...rest } = error
    expect(await refused(page, ...call), JSON.stringify(call)).toEqual({
      ...rest,
      message: expect.stringMatching(message),
    })
    expect(said.at(-1)).toMatch(new RegExp(`^chatdesk: ${call[0]}: `))
    expect(told.of('error').at(-1)).toMatchObject({
      code: rest.code,
      message: expect.stringMatching(message),
    })
  }
  expect(said).toHaveLength(13)
})

test('a token makes this browser somebody else, whose conversation is theirs; the two are never merged', async ({
  page,
  shop,
  site,
}) => {
  const names: EventName[] = ['identify', 'conversation:start', 'message:sent', 'unread']
  const told = await snippet(page, names)
  await page.goto(site.page(shop, 'plain'))
  await ask(page, 'send', 'I am nobody yet')
  await told.next('message:sent')
  const before = await ask(page, 'get', 'visitor')
  const said = await ask(page, 'identify', { token: await token(shop, { sub: 'c-7', name: 'Ada' }) })
  expect(said).toMatchObject({ verified: true, name: 'Ada' })
  expect(told.of('identify')).toMatchObject([{ verified: true, switched: true, name: 'Ada' }])
  const after = await ask(page, 'get', 'visitor')
  expect(after).not.toBe(before)
  expect(await ask(page, 'get', 'conversation')).toBeUndefined()
  await ask(page, 'open')
  const guest = visitor(page)
  await expect(guest.log).toBeVisible()
  expect(await guest.texts()).toEqual([])
  await guest.say('I am Ada')
  await told.next('message:sent', 2)
  // The same person again changes nothing.
  await ask(page, 'identify', { externalId: 'c-7', attributes: { plan: 'gold' } })
  expect(told.of('identify').at(-1)).toMatchObject({ switched: false, verified: true, visitor: after })
  expect((await refused(page, 'identify', { externalId: 'c-8' })).code).toBe('forbidden')
  const rows = await shop.gateway.query<{ visitor: string; texts: number }>(
    'select visitor_id as visitor, count(*)::int as texts from conversations where organization_id = $1 group by 1',
    [shop.id],
  )
  expect(rows.map(({ visitor }) => visitor).sort()).toEqual([before, after].sort())
})

test('reset forgets the visitor: the next one is somebody else, here and on the next page', async ({
  page,
  shop,
  site,
}) => {
  const told = await snippet(page, ['message:sent', 'close'])
  await page.goto(site.page(shop, 'plain'))
  await ask(page, 'open')
  await visitor(page).say('Remember me')
  await told.next('message:sent')
  const before = await ask(page, 'get', 'visitor')
  await ask(page, 'reset')
  await told.next('close')
  await expect.poll(() => ask(page, 'get', 'visitor')).not.toBe(before)
  const after = await ask(page, 'get', 'visitor')
  await page.reload()
  await ask(page, 'open')
  await expect(visitor(page).log).toBeVisible()
  expect(await visitor(page).texts()).toEqual([])
  await expect.poll(() => ask(page, 'get', 'visitor')).toBe(after)
})

test('a conversation from send to endChat, as the page is told of it', async ({ page, shop, site }) => {
  const names: EventName[] = [
    'conversation:start',
    'message:sent',
    'message:received',
    'message',
    'typing',
    'unread',
    'agent:join',
    'conversation:end',
  ]
  const told = await snippet(page, names)
  await page.goto(site.page(shop, 'plain'))
  await ask(page, 'send', '  Do you ship to Norway? ')
  const agent = await shop.agent()
  const talk = await agent.hears('Do you ship to Norway?')
  talk.typing(true)
  expect(await told.next('typing')).toMatchObject({ on: true, name: 'Olivia Marsh' })
  await talk.say('On Mondays.')
  expect(await told.next('message:received')).toMatchObject({
    from: 'agent',
    name: 'Olivia Marsh',
    text: 'On Mondays.',
  })
  expect(await told.next('unread')).toEqual({ count: 1 })
  await expect(page.getByRole('button', { name: 'Open chat, 1 unread message' })).toBeVisible()
  const member = agent.client.me?.id ?? ''
  agent.client.send(talk.conversation, { kind: 'assignment', assignment: { member } })
  expect(await told.next('agent:join')).toMatchObject({ id: member, name: 'Olivia Marsh' })
  await ask(page, 'endChat')
  expect(await told.next('conversation:end')).toEqual({ conversation: talk.conversation })
  expect(told.names('conversation:start', 'message:sent')).toEqual(['conversation:start', 'message:sent'])
  expect(told.of('message')).toHaveLength(2)
  // There is none to end any more.
  await ask(page, 'endChat')
})

test('looks, language and department change while the window is open', async ({ page, shop, site }) => {
  const { departments } = await shop.configure({ departments: [{ name: 'Orders' }, { name: 'Glazes' }] })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto(site.page(shop, 'plain'))
  await page.getByRole('button', { name: 'Open chat' }).click()
  const log = page.getByRole('dialog')
  await expect(log).toBeVisible()
  const ground = () => log.evaluate(window => getComputedStyle(window).backgroundColor)
  const light = await ground()
  await ask(page, 'setTheme', 'dark')
  await expect.poll(ground).not.toBe(light)
  await ask(page, 'setTheme', 'light')
  await expect.poll(ground).toBe(light)
  await ask(page, 'setLocale', 'de-AT')
  expect(await ask(page, 'get', 'locale')).toBe('de-AT')
  await expect(page.getByRole('dialog', { name: 'Chat' })).toHaveAttribute('lang', 'de')
  await ask(page, 'setLocale', 'he')
  await expect(page.getByRole('dialog')).toHaveAttribute('dir', 'rtl')
  await ask(page, 'setLocale', 'en')
  const glazes = departments.find(({ name }) => name === 'Glazes')?.id
  await ask(page, 'setDepartment', glazes)
  await ask(page, 'send', 'For the glazers')
  await (await shop.agent()).hears('For the glazers')
  const [row] = await shop.gateway.query<{ department: string }>(
    'select department_id as department from conversations where organization_id = $1',
    [shop.id],
  )
  expect(row?.department).toBe(glazes)
})

test('hide, show, toggle, shutdown and init again', async ({ page, shop, site }) => {
  await page.goto(site.page(shop, 'plain'))
  const bubble = page.locator('chatdesk-widget .bubble')
  await expect(bubble).toBeVisible()
  await ask(page, 'hide')
  await expect(bubble).toBeHidden()
  expect(await ask(page, 'get', 'visible')).toBe(false)
  await ask(page, 'toggle')
  await expect(page.getByRole('dialog')).toBeVisible()
  expect(await ask(page, 'get', 'visible')).toBe(true)
  await ask(page, 'shutdown')
  await expect(page.locator('chatdesk-widget')).toHaveCount(0)
  expect(await ask(page, 'get')).toBeUndefined()
  await ask(page, 'init', { widgetKey: shop.key, zIndex: 7, position: 'bottom-left' })
  await expect(bubble).toBeVisible()
  const host = page.locator('chatdesk-widget')
  expect(await host.evaluate(host => getComputedStyle(host).zIndex)).toBe('7')
  expect((await bubble.boundingBox())?.x).toBeLessThan(100)
})
