import { test as base, expect, type Page } from '@playwright/test'
import { Cable } from './cable.ts'
import { Gateway } from './gateway.ts'
import { Organization } from './organization.ts'
import { Site } from './site.ts'

interface PerTest {
  /**
   * A new organization on the shared gateway, with nobody online and no form, not even for an e-mail address while all
   * are away: `shop.configure(…)`, `shop.agent()`, `shop.console(browser)`.
   */
  shop: Organization
  /** The way from the browser to the gateway, for `shore`: to be cut, or to go dead. */
  cable: Cable
  /** A site whose pages reach the gateway over `cable`. */
  shore: Site
  /**
   * What went wrong on the test's `page` so far: exceptions, and whatever its policy forbade. A test at whose end there is
   * any has failed; one that expects some takes it out.
   */
  problems: string[]
}

interface PerWorker {
  /** One real gateway for all tests that a worker runs. A test that kills it must start one of its own. */
  gateway: Gateway
  /** Host pages of another origin, under the strict policy: `page.goto(site.page(shop, 'plain'))`. */
  site: Site
}

/** One sign-up for each test, all from one address: limits by address would count them together. */
const SETTINGS = { CHATDESK_UNLIMITED: '127.0.0.0/8' }

/**
 * `test` for specs that need no gateway to themselves. Instead of starting one per file (4 s each), take what you need:
 *
 *     import { expect, test } from '../support/fixtures.ts'
 *     test('…', async ({ page, shop, site }) => {
 *       await shop.configure({ settings: { auto_open: true } })
 *       await page.goto(site.page(shop, 'plain'))
 *       const agent = await shop.agent()          // no browser: quick
 *       const talk = await agent.hears('Do you ship to Norway?')
 *       await talk.say('We do, on Mondays.')
 *     })
 */
export const test = base.extend<PerTest, PerWorker>({
  gateway: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern that nothing is needed.
    async ({}, use) => {
      const gateway = await Gateway.start(SETTINGS)
      await use(gateway)
      await gateway.stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  site: [
    async ({ gateway }, use) => {
      const site = await Site.start(gateway.url)
      await use(site)
      await site.close()
    },
    { scope: 'worker' },
  ],
  shop: async ({ gateway }, use) => {
    const shop = await Organization.signUp(gateway)
    // Most tests have no agent online when they begin, and are about something else.
    await shop.configure({ settings: { ask_email_away: false } })
    await use(shop)
    shop.close()
  },
  cable: async ({ gateway }, use) => {
    const cable = await Cable.to(gateway.url)
    await use(cable)
    await cable.close()
  },
  shore: async ({ cable }, use) => {
    const site = await Site.start(cable.url)
    await use(site)
    await site.close()
  },
  problems: [
    async ({ page }, use) => {
      const problems = await problemsOf(page)
      await use(problems)
      expect(problems, 'exceptions, and what the policy forbade').toEqual([])
    },
    { auto: true },
  ],
})

/** Notes a page's exceptions and what its policy forbade, in all of its frames, from before its first script on. */
export async function problemsOf(page: Page): Promise<string[]> {
  const problems: string[] = []
  page.on('pageerror', error => problems.push(`exception: ${error.message}`))
  await page.exposeBinding('__violated', (_, text: string) => problems.push(`policy: ${text}`))
  await page.addInitScript(() => {
    const tell = (window as unknown as { __violated: (text: string) => void }).__violated
    document.addEventListener('securitypolicyviolation', event =>
      tell(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    )
    Reflect.deleteProperty(window, '__violated')
  })
  return problems
}

export { type Browser, type BrowserContext, expect, type Locator, type Page } from '@playwright/test'
