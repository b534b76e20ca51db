import type { Clock } from './clock.ts'
import type { Introduction } from './session.ts'
import type { SocketConstructor } from './socket.ts'
import type { KeyValue } from './storage.ts'
import type { WakeTarget } from './wake.ts'

/** How a client is made. */
export interface ClientOptions {
  /** The gateway's address: `wss://…/ws`. */
  url: string
  /** Asked before each `hello`, so that the page's address is current. */
  hello: () => Introduction
  /** Begins every key in `storage`: one per widget key, or per console. */
  storageKey: string
  /** Where token, outbox and an unfinished start survive a reload. Default: memory. */
  storage?: KeyValue
  /** Default: the global one. */
  WebSocket?: SocketConstructor
  /** Tells when the machine woke or its network came back; in browsers, `window`. */
  wake?: WakeTarget
  /** Default: the machine's. */
  clock?: Clock
}
