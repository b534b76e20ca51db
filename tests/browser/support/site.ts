import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, resolve } from 'node:path'
import type { Organization } from './organization.ts'

const PAGES = resolve(import.meta.dirname, '../pages')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** The strictest policy that the widget promises to run under, for a gateway on `http`; on `https` it reads `wss:`. */
export function policy(gateway: string): string {
  const socket = gateway.replace(/^http/, 'ws')
  return [
    "default-src 'self'",
    `script-src 'self' ${gateway}`,
    `connect-src ${gateway} ${socket}`,
    "style-src 'self'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/**
 * A site owner's web server, of another origin than any gateway: serves tests/browser/pages, every page under the
 * strict policy. In their texts `{{gateway}}` stands for the gateway's origin and `{{key}}` for the widget key.
 * A path without an ending below `…/spa` is the page `spa`, as single-page apps have it.
 */
export class Site {
  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  static async start(gateway: string): Promise<Site> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site')
      // /<key>/<file>, so that a page's links and its own key are in one place.
      const [key = '', ...rest] = pathname.split('/').filter(Boolean)
      const asked = rest.join('/')
      const name = extname(asked) ? asked : `${asked.split('/')[0]}.html`
      const send = (status: number, type: string, body: string) => {
        const headers = {
          'content-type': type,
          'content-security-policy': policy(gateway),
          'cache-control': 'no-cache',
        }
        response.writeHead(status, headers).end(body)
      }
      readFile(join(PAGES, name), 'utf8').then(
        text => send(200, TYPES[extname(name)] ?? 'text/plain', fill(text, gateway, key)),
        () => send(404, 'text/plain', `no page ${name}`),
      )
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new Site(server, address.port)
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** The address of a page with an organization's widget on it: `page(shop, 'hostile')` is pages/hostile.html. */
  page({ key }: Organization, name: string): string {
    return `${this.origin}/${key}/${name}`
  }

  async close(): Promise<void> {
    this.server.close()
    this.server.closeAllConnections()
    await once(this.server, 'close')
  }
}

function fill(text: string, gateway: string, key: string): string {
  return text.replaceAll('{{gateway}}', gateway).replaceAll('{{key}}', key)
}
