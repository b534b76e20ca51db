import { type Client, CloseCode, type Page, type Refusal } from '../client/index.ts'
import type { Connection } from '../loader/events.ts'

/** The page's own title, while another stands in its place. */
export const title: { own: string | undefined } = { own: undefined }

/** The page that the visitor is on. */
export function page(): Page {
  return { url: location.href, title: title.own ?? document.title, referrer: document.referrer }
}

/** The origin that a gateway's files are fetched from, given its socket's address: `https://chat.example`. */
export function originOf(socket: string): string {
  return new URL(socket.replace(/^ws/, 'http')).origin
}

/** The client's state as the page is told of it. */
export function connection(client: Client): Connection {
  if (client.state !== 'closed') return client.state
  return client.refusal ? 'refused' : 'idle'
}

/** What a refusal is called: for the site's developer, and as an event's code. */
export function explain(refusal: Refusal, widgetKey: string): { code: string; message: string } {
  switch (refusal.code) {
    case CloseCode.NoWidget:
      return {
        code: 'not_found',
        message: `no widget answers to the key ${widgetKey}: it is unknown or switched off`,
      }
    case CloseCode.OriginRefused:
      return {
        code: 'origin_refused',
        message: `${location.origin} is not among this widget's allowed domains`,
      }
    default:
      return {
        code: refusal.error?.code ?? 'unauthenticated',
        message: `the gateway refused the connection: ${refusal.error?.text ?? refusal.reason} (${refusal.code})`,
      }
  }
}
