import type { Client, Page } from '../client/index.ts'
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
