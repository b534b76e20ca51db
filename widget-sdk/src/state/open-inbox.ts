import {
  type Client,
  type Clock,
  type ConversationStatus,
  type InboxPage,
  type InboxPlace,
  RequestError,
  systemClock,
} from '../client/index.ts'
import { Inbox, type InboxView } from './inbox.ts'
import { type Store, Subscribers } from './store.ts'

/** The inbox of a client. */
export interface InboxStore extends Store<InboxView> {
  /** Brings the next page. Does nothing when there is none or one is on its way. Rejects like `client.request`. */
  more(): Promise<void>
  close(): void
}

/** How long before the loss of a connection a change may have been taken that was stored after it, in milliseconds. */
const SLACK_MS = 10 * 60 * 1000

/** Keeps the inbox's view: pages as asked for, live changes, and what was missed after each reconnect. */
export function openInbox(
  client: Client,
  filter: { status?: ConversationStatus } = {},
  clock: Clock = systemClock,
): InboxStore {
  const inbox = new Inbox(filter.status)
  const subscribers = new Subscribers(() => inbox.view)
  let loading = false
  /** From when on, by the gateway's clock, changes may have been missed; 0 while there is nothing to catch up with. */
  let since = 0
  /** The gateway's clock minus this machine's. */
  let skew = 0
  let retry: (() => void) | undefined

  const ask = (after: InboxPlace | undefined, all: boolean): Promise<InboxPage> =>
    client.request('inbox', { ...(!all && filter), ...(after && { after }) })

  /** Loads the first page, or after a reconnect everything that has changed. Runs once per welcome. */
  async function load(): Promise<void> {
    try {
      if (!inbox.view.ready) inbox.page(await ask(undefined, false))
      else {
        let place: InboxPlace | undefined
        do place = inbox.catchUp(await ask(place, true), since)
        while (place)
      }
      since = 0
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      // Without a connection the next welcome loads again.
      if (client.state === 'online') {
        inbox.failed(error.error)
        if (error.error.retryable) retry = clock.after(error.error.retry_ms, () => void load())
      }
    }
    subscribers.changed()
  }

  const offs = [
    client.on('welcome', ({ now }) => {
      skew = now - clock.now()
      void load()
    }),
    client.on('state', state => {
      retry?.()
      if (state !== 'online' && since === 0) since = clock.now() + skew - SLACK_MS
    }),
    client.on('summary', summary => {
      inbox.summary(summary)
      subscribers.changed()
    }),
    client.on('read_by', readBy => {
      inbox.readBy(readBy)
      subscribers.changed()
    }),
  ]
  if (client.state === 'online') void load()

  return {
    get view() {
      return inbox.view
    },
    subscribe: handler => subscribers.add(handler),
    async more() {
      if (loading || !inbox.next) return
      loading = true
      try {
        inbox.page(await ask(inbox.next, false))
        subscribers.changed()
      } finally {
        loading = false
      }
    },
    close() {
      retry?.()
      for (const off of offs) off()
    },
  }
}
