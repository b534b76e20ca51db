// The package @chatdesk/widget, for sites with a bundler: the loader as a module. Window and rest come from the gateway.
import type { ChatDesk, InitOptions } from '../api.ts'
import { complain } from '../loader/events.ts'
import { gatewayAt } from '../loader/gateway.ts'
import { type Command, install } from '../loader.ts'

export type * from '../api.ts'

/** The package's version; the build writes it in. */
declare const VERSION: string

/** What `load` takes: where the gateway is, and all that `init` does. */
export interface LoadOptions extends InitOptions {
  /** The gateway's address: `https://chat.example`. */
  gateway: string
}

/** What was called before there was a gateway. */
const waiting: [unknown, ...unknown[]][] = []

/**
 * The command: `chatdesk('open')`. What is called before `load` waits for it. On a server, where there is nobody to talk to, it
 * does nothing.
 */
export const chatdesk = ((...call: [unknown, ...unknown[]]) => {
  if (typeof window === 'undefined') return
  if (window.chatdesk?.v) return (window.chatdesk as Command)(...call)
  waiting.push(call)
}) as ChatDesk

/**
 * Puts the widget on the page. The second time it only passes its options on, and where the script's tag is on the page as
 * well, the two are one. Returns `chatdesk`.
 */
export function load({ gateway, ...options }: LoadOptions = {} as LoadOptions): ChatDesk {
  if (typeof window === 'undefined') return chatdesk
  const address = typeof gateway === 'string' && URL.canParse(gateway) && gateway.replace(/\/*$/, '/')
  if (!address) {
    complain(
      "gateway must be the gateway's address: load({ gateway: 'https://chat.example', widgetKey: '…' })",
    )
    return chatdesk
  }
  const paths = { panel: 'widget/panel.js', rules: 'widget/rules.js' }
  const command = install(window, gatewayAt(address, VERSION, paths))
  command('init', options)
  for (const call of waiting.splice(0)) command(...call)
  return chatdesk
}
