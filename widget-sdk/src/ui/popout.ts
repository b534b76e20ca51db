import type { Chat } from './chat.ts'
import { originOf } from './connection.ts'
import type { Shell } from './shell.ts'

/** The window's size, in CSS pixels. */
const WIDTH = 420
const HEIGHT = 700
/** How often it is looked whether the window was closed, in milliseconds: no event tells. */
const LOOK_MS = 1_000

/** What the two windows say to each other; `popout.js` knows the same. */
const ASKS = 'chatdesk:popout'
const STARTED = 'chatdesk:started'

/**
 * Opens the gateway's own page with the chat in it, in a window of its own, and hands the session to it. The token goes by
 * message, to that window and that origin only, and never through an address. Returns what ends it: nothing that was
 * opened here listens any more. Undefined when the browser did not allow it.
 */
export function popOut(chat: Chat, shell: Shell): (() => void) | undefined {
  const origin = originOf(shell.socket)
  const page = new URL(
    `popout/${encodeURIComponent(shell.options.widgetKey)}`,
    shell.socket.replace(/^ws/, 'http'),
  )
  // Who may hand the session over. It is told no secret by this.
  page.searchParams.set('from', location.origin)
  const popup = open(page, '', `popup,width=${WIDTH},height=${HEIGHT}`)
  if (!popup) return undefined
  let port: MessagePort | undefined

  const hand = (): void => {
    const { client, draft } = chat
    const { port1, port2 } = new MessageChannel()
    port?.close()
    port = port1
    // A conversation that was begun there goes on here too.
    port.onmessage = ({ data }) => data === STARTED && chat.rejoin()
    const options = { ...shell.options, session: client.token }
    popup.postMessage({ chatdesk: ASKS, options, draft }, origin, [port2])
  }
  const answer = ({ source, origin: from, data }: MessageEvent) => {
    if (source !== popup || from !== origin || data?.chatdesk !== ASKS) return
    if (!chat.client.token) return
    hand()
    shell.close()
  }
  const end = () => {
    removeEventListener('message', answer)
    clearInterval(look)
    port?.close()
  }
  addEventListener('message', answer)
  const look = setInterval(() => popup.closed && end(), LOOK_MS)
  return end
}
