import type { Me, WidgetConfig, WidgetSettings } from '@chatdesk/widget/client'
import { type Browser, expect, type Page } from '@playwright/test'
import { Agent } from './agent.ts'
import type { Gateway, StoredEntry } from './gateway.ts'

/** What a test changes of a widget: single settings, and the other parts as a whole. */
export interface Change extends Partial<Omit<WidgetConfig, 'settings' | 'widget_key'>> {
  settings?: Partial<WidgetSettings>
}

let signedUp = 0

/**
 * An organization of its own, on a gateway that other tests use as well: signed up over HTTP in a fraction of a second,
 * with the defaults of every sign-up (no form, no departments). What happens in it concerns no other test.
 */
export class Organization {
  readonly #opened: Agent[] = []

  private constructor(
    readonly gateway: Gateway,
    readonly id: string,
    /** The widget key. */
    readonly key: string,
    /** The owner, Olivia Marsh, as logged in. */
    private readonly token: string,
  ) {}

  static async signUp(gateway: Gateway): Promise<Organization> {
    const email = `olivia-${process.pid}-${++signedUp}@kiln.example`
    const response = await fetch(`${gateway.url}/api/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        organization: 'Kiln & Fern',
        name: 'Olivia Marsh',
        email,
        password: 'correct horse battery',
      }),
    })
    if (!response.ok) throw new Error(`sign-up: ${response.status} ${await response.text()}`)
    const token = /chatdesk_agent=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1]
    if (!token) throw new Error('sign-up: no cookie')
    const me = (await response.json()) as Me
    const config = await settingsPage(gateway, token, 'GET')
    return new Organization(gateway, me.organization.id, config.widget_key, token)
  }

  /** The widget's settings as they are. */
  config(): Promise<WidgetConfig> {
    return settingsPage(this.gateway, this.token, 'GET')
  }

  /** Changes them, as the settings page does; gateways obey from here on. */
  async configure({ settings, ...rest }: Change): Promise<WidgetConfig> {
    const before = await this.config()
    const after = { ...before, ...rest, settings: { ...before.settings, ...settings } }
    return settingsPage(this.gateway, this.token, 'PUT', after)
  }

  /** The owner at work without a browser; leaves when the test ends. */
  async agent(): Promise<Agent> {
    const agent = await Agent.connect(this.gateway.socket, this.token)
    this.#opened.push(agent)
    return agent
  }

  /** The owner in the console, in a browser context of their own; `path` is behind `/console`. */
  async console(browser: Browser, path = '/'): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await context.addCookies([
      {
        name: 'chatdesk_agent',
        value: this.token,
        url: this.gateway.url,
        httpOnly: true,
        sameSite: 'Strict',
      },
    ])
    const page = await context.newPage()
    await page.goto(`${this.gateway.url}/console${path}`)
    if (path === '/') await expect(page.getByRole('heading', { name: 'Inbox' })).toBeVisible()
    return page
  }

  /** Every text of the organization in Postgres, by conversation and seq. */
  entries(): Promise<StoredEntry[]> {
    return this.gateway.entries(this.id)
  }

  /** Closes the agents' sockets. */
  close(): void {
    for (const agent of this.#opened.splice(0)) agent.close()
  }
}

async function settingsPage(
  gateway: Gateway,
  token: string,
  method: 'GET' | 'PUT',
  config?: WidgetConfig,
): Promise<WidgetConfig> {
  const response = await fetch(`${gateway.url}/api/settings/widget`, {
    method,
    headers: { cookie: `chatdesk_agent=${token}`, 'content-type': 'application/json' },
    ...(config && { body: JSON.stringify(config) }),
  })
  if (!response.ok) throw new Error(`${method} settings: ${response.status} ${await response.text()}`)
  return (await response.json()) as WidgetConfig
}
