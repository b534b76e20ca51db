import type { Page } from '@playwright/test'
import { ask } from '../support/command.ts'
import { expect, test } from '../support/fixtures.ts'
import type { Organization } from '../support/organization.ts'
import { visitor } from '../support/people.ts'

/** Pages of sites that change over call things that no type of ours names. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Theirs = any

/** Puts a shim beside the widget's script, which may come before or after it. */
async function shim(page: Page, { gateway }: Organization, name: string): Promise<void> {
  await page.evaluate(src => {
    const script = document.createElement('script')
    const policy = (window as Theirs).trustedTypes.createPolicy('test', {
      createScriptURL: (url: string) => url,
    })
    script.src = policy.createScriptURL(src)
    const loaded = new Promise(resolve => script.addEventListener('load', resolve))
    document.head.append(script)
    return loaded
  }, `${gateway.url}/shim/${name}.js`)
}

const known = async (page: Page, shop: Organization) => {
  const agent = await shop.agent()
  const profile = await agent.client.request('profile', {
    visitor: String(await ask(page, 'get', 'visitor')),
  })
  agent.close()
  return profile
}

/** What the page noted with `window.noted.push(…)`. */
const noted = (page: Page) => page.evaluate(() => (window as Theirs).noted)

test('Intercom', async ({ page, shop, site, problems }) => {
  const warned: string[] = []
  page.on('console', message => message.type() === 'warning' && warned.push(message.text()))
  await page.addInitScript(() => {
    const w = window as Theirs
    w.noted = []
    w.intercomSettings = {
      app_id: 'abc',
      user_id: 'c-7',
      name: 'Ada',
      email: 'ada@shop.example',
      plan: 'gold',
    }
    w.Intercom = Object.assign((...call: unknown[]) => w.Intercom.q.push(call), { q: [] })
    w.Intercom('onUnreadCountChange', (count: number) => w.noted.push(`unread ${count}`))
    w.Intercom('onShow', () => w.noted.push('shown'))
    w.Intercom('onHide', () => w.noted.push('hidden'))
    w.Intercom('trackEvent', 'invited', { friends: 3 })
    w.Intercom('showNewMessage', 'Hello from the queue')
  })
  await page.goto(site.page(shop, 'plain'))
  await shim(page, shop, 'intercom')
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('Hello from the queue')
  await expect
    .poll(() => known(page, shop))
    .toMatchObject({
      external_id: 'c-7',
      attributes: { plan: 'gold' },
      visitor: { name: 'Ada', email: 'ada@shop.example' },
      events: [{ name: 'invited', properties: { friends: 3 } }],
    })
  await page.evaluate(() =>
    (window as Theirs).Intercom('update', { seats: 4, user_hash: 'ff', company: { name: 'Kiln' } }),
  )
  await expect
    .poll(async () => (await known(page, shop)).attributes)
    .toEqual({ plan: 'gold', seats: 4, company: 'Kiln' })
  await page.evaluate(() => (window as Theirs).Intercom('startTour', 7))
  expect(warned).toEqual([
    expect.stringMatching(/user_hash.*identity token/),
    expect.stringMatching(/startTour/),
  ])
  expect(await page.evaluate(() => (window as Theirs).Intercom('getVisitorId'))).toBe(
    await ask(page, 'get', 'visitor'),
  )
  await visitor(page).say('Hi')
  const talk = await (await shop.agent()).hears('Hi')
  await page.evaluate(() => (window as Theirs).Intercom('hide'))
  await talk.say('Are you there?')
  await expect.poll(() => noted(page)).toEqual(['shown', 'hidden', 'unread 1'])
  const before = await ask(page, 'get', 'visitor')
  await page.evaluate(() => (window as Theirs).Intercom('shutdown'))
  await expect.poll(() => ask(page, 'get', 'visitor')).not.toBe(before)
  await expect(page.locator('chatdesk-widget')).toBeHidden()
  await page.evaluate(() => (window as Theirs).Intercom('boot', {}))
  await expect(page.locator('chatdesk-widget .bubble')).toBeVisible()
  expect(problems).toEqual([])
})

test('Crisp', async ({ page, shop, site, problems }) => {
  await page.addInitScript(() => {
    const w = window as Theirs
    w.noted = []
    w.CRISP_READY_TRIGGER = () => w.noted.push('ready')
    w.$crisp = [
      ['set', 'user:email', ['ada@shop.example']],
      ['set', 'user:nickname', 'Ada'],
      [
        'set',
        'session:data',
        [
          [
            ['plan', 'gold'],
            ['seats', 4],
          ],
        ],
      ],
      ['set', 'session:segments', [['vip']]],
      ['set', 'session:event', [[['paid', { amount: 12 }, 'green']]]],
      ['on', 'message:sent', (sent: { content: string }) => w.noted.push(`sent ${sent.content}`)],
      [
        'on',
        'message:received',
        (got: { content: string; from: string }) => w.noted.push(`${got.from} ${got.content}`),
      ],
      ['do', 'message:show', ['text', 'Can I help?']],
    ]
    w.$crisp.push(['do', 'message:send', ['text', 'From the queue']])
  })
  await page.goto(site.page(shop, 'plain'))
  await shim(page, shop, 'crisp')
  const talk = await (await shop.agent()).hears('From the queue')
  await talk.say('Welcome')
  await expect.poll(() => noted(page)).toEqual(['ready', 'sent From the queue', 'operator Welcome'])
  await expect
    .poll(() => known(page, shop))
    .toMatchObject({
      attributes: { plan: 'gold', seats: 4, tags: 'vip' },
      visitor: { name: 'Ada', email: 'ada@shop.example' },
      events: [{ name: 'paid', properties: { amount: 12 } }],
    })
  const told = await page.evaluate(() => {
    const { $crisp } = window as Theirs
    return [
      $crisp.is('chat:opened'),
      $crisp.get('chat:unread:count'),
      $crisp.get('session:data', 'plan'),
      $crisp.get('user:email'),
      $crisp.is('session:ongoing'),
    ]
  })
  expect(told).toEqual([false, 1, 'gold', 'ada@shop.example', true])
  await page.evaluate(() => {
    const { $crisp } = window as Theirs
    $crisp.push(['off', 'message:received'])
    $crisp.push(['do', 'chat:open'])
  })
  await talk.say('Once more')
  await expect(visitor(page).log).toContainText('Once more')
  expect(await noted(page)).toHaveLength(3)
  await page.evaluate(() => (window as Theirs).$crisp.push(['do', 'chat:hide']))
  await expect(page.locator('chatdesk-widget')).toBeHidden()
  const before = await ask(page, 'get', 'visitor')
  await page.evaluate(() => (window as Theirs).$crisp.push(['do', 'session:reset']))
  await expect.poll(() => ask(page, 'get', 'visitor')).not.toBe(before)
  expect(problems).toEqual([])
})

test('tawk.to', async ({ page, shop, site, problems }) => {
  await page.addInitScript(() => {
    const w = window as Theirs
    w.noted = []
    w.Tawk_API = {
      visitor: { name: 'Ada', email: 'ada@shop.example' },
      onLoad: () => w.noted.push('load'),
      onChatMaximized: () => w.noted.push('max'),
      onChatMinimized: () => w.noted.push('min'),
      onChatMessageVisitor: (text: string) => w.noted.push(`visitor ${text}`),
      onChatMessageAgent: (text: string) => w.noted.push(`agent ${text}`),
      onUnreadCountChanged: (count: number) => w.noted.push(`unread ${count}`),
    }
  })
  await shop.configure({
    form: { enabled: true, fields: [{ key: 'name', label: 'Your name', kind: 'text', required: true }] },
  })
  await page.goto(site.page(shop, 'plain'))
  await shim(page, shop, 'tawk')
  await expect.poll(() => noted(page)).toEqual(['load'])
  await page.evaluate(() => {
    const { Tawk_API, noted } = window as Theirs
    // Pages set callbacks after the script as well.
    Tawk_API.onPrechatSubmit = (answers: { answer: string }[]) => noted.push(`form ${answers[0]?.answer}`)
    Tawk_API.maximize()
  })
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada')
  await page.getByRole('button', { name: 'Start chat' }).click()
  await visitor(page).say('Hello')
  const talk = await (await shop.agent()).hears('Hello')
  const errors = await page.evaluate(async () => {
    const { Tawk_API } = window as Theirs
    const done = (run: (then: (error?: { code: string }) => void) => void) =>
      new Promise(resolve => run(error => resolve(error?.code ?? 'done')))
    const all = [
      await done(then => Tawk_API.setAttributes({ plan: 'gold' }, then)),
      await done(then => Tawk_API.addTags(['a', 'b'], then)),
      await done(then => Tawk_API.removeTags(['a'], then)),
      await done(then => Tawk_API.addEvent('paid', { amount: 3 }, then)),
      await done(then => Tawk_API.setAttributes({ email: 'nowhere' }, then)),
    ]
    Tawk_API.minimize()
    return all
  })
  expect(errors).toEqual(['done', 'done', 'done', 'done', 'bad_field'])
  await talk.say('Hi Ada')
  await expect
    .poll(() => noted(page))
    .toEqual(['load', 'max', 'form Ada', 'visitor Hello', 'min', 'agent Hi Ada', 'unread 1'])
  await expect
    .poll(() => known(page, shop))
    .toMatchObject({
      attributes: { plan: 'gold', tags: 'b' },
      visitor: { name: 'Ada', email: 'ada@shop.example' },
      events: [{ name: 'paid', properties: { amount: 3 } }],
    })
  expect(await page.evaluate(() => (window as Theirs).Tawk_API.isChatOngoing())).toBe(true)
  await page.evaluate(() => (window as Theirs).Tawk_API.endChat())
  await expect.poll(() => ask(page, 'get', 'conversation')).toBeUndefined()
  expect(problems).toEqual([])
})

test('Chatwoot', async ({ page, shop, site, problems }) => {
  await page.addInitScript(() => {
    const w = window as Theirs
    w.noted = []
    w.chatwootSettings = { locale: 'de', darkMode: 'light', hideMessageBubble: true }
    for (const name of ['ready', 'opened', 'closed'])
      addEventListener(`chatwoot:${name}`, () => w.noted.push(name))
    addEventListener('chatwoot:on-message', event => w.noted.push((event as CustomEvent).detail.content))
  })
  await page.goto(site.page(shop, 'plain'))
  await shim(page, shop, 'chatwoot')
  await expect.poll(() => noted(page)).toEqual(['ready'])
  await expect(page.locator('chatdesk-widget')).toBeHidden()
  await page.evaluate(() => {
    const { $chatwoot, chatwootSDK } = window as Theirs
    chatwootSDK.run({ websiteToken: 'x' })
    $chatwoot.setUser('c-7', {
      name: 'Ada',
      email: 'ada@shop.example',
      phone_number: '+4930123',
      avatar_url: 'x',
    })
    $chatwoot.setCustomAttributes({ plan: 'gold', seats: 4 })
    $chatwoot.deleteCustomAttribute('seats')
    $chatwoot.setLabel('vip')
    $chatwoot.toggle('open')
  })
  await expect(page.getByRole('dialog')).toHaveAttribute('lang', 'de')
  await page.evaluate(() => (window as Theirs).$chatwoot.setLocale('en'))
  await visitor(page).say('Hello')
  await expect
    .poll(() => known(page, shop))
    .toMatchObject({
      external_id: 'c-7',
      phone: '+4930123',
      attributes: { plan: 'gold', tags: 'vip' },
      visitor: { name: 'Ada', email: 'ada@shop.example' },
    })
  expect((await known(page, shop)).attributes).not.toHaveProperty('seats')
  await expect.poll(() => noted(page)).toEqual(['ready', 'opened', 'Hello'])
  await page.evaluate(() => (window as Theirs).$chatwoot.toggle('close'))
  await expect(page.locator('chatdesk-widget')).toBeHidden()
  await expect.poll(() => noted(page)).toEqual(['ready', 'opened', 'Hello', 'closed'])
  const before = await ask(page, 'get', 'visitor')
  await page.evaluate(() => (window as Theirs).$chatwoot.reset())
  await expect.poll(() => ask(page, 'get', 'visitor')).not.toBe(before)
  expect(problems).toEqual([])
})
