import {
  type Client,
  type Clock,
  type InboxPage,
  type InboxPlace,
  RequestError,
  SYNC_KNOWN,
  systemClock,
} from '../client/index.ts'
import { byNewest, Inbox, type InboxFilter, type InboxView, placeOf } from './inbox.ts'
import { type Store, Subscribers } from './store.ts'

/** The inbox of a client. */
export interface InboxStore extends Store<InboxView> {
  /** Brings the next page. Does nothing when there is none or one is on its way. Rejects like `client.request`. */
  more(): Promise<void>
  close(): void
}

/** How far behind the newest a change may turn up, in milliseconds: commits take a while, gateways' clocks differ. */
const SLACK_MS = 60 * 1000

/** How long changes of what is counted are gathered before the counts are asked for again, in milliseconds. */
export const COUNTS_MS = 5_000

/** Keeps the inbox's view: pages as asked for, live changes, counts, and what was missed after each reconnect. */
export function openInbox(client: Client, filter: InboxFilter = {}, clock: Clock = systemClock): InboxStore {
  const inbox = new Inbox(filter)
  const subscribers = new Subscribers(() => inbox.view)
  let loading = false
  /** Set while changes may have been missed: those behind this place, if the list had any before. */
  let missed: { since: InboxPlace | undefined } | undefined
  let retry: (() => void) | undefined
  let recount: (() => void) | undefined

  const ask = (after: InboxPlace | undefined): Promise<InboxPage> =>
    client.request('inbox', { ...filter, ...(after && { after }) })

  /** Asks for the counts soon: once for all that changes meanwhile. */
  function countSoon(): void {
    recount ??= clock.after(COUNTS_MS, async () => {
      recount = undefined
      try {
        const { counts } = await client.request('inbox', { limit: 1 })
        if (counts) inbox.counted(counts)
        subscribers.changed()
      } catch (error) {
        // They are as old as they are; the next change or welcome asks again.
        if (!(error instanceof RequestError)) throw error
      }
    })
  }

  /** From where on an unknown conversation may be news: not behind the list's end, whose pages come when asked for. */
  function since(): InboxPlace | undefined {
    const { newest, next } = inbox
    if (!newest) return undefined
    const place = { ...newest, updated_at: Math.max(0, newest.updated_at - SLACK_MS) }
    return next && byNewest(next, place) < 0 ? next : place
  }

  /** Asks about every conversation that is known, a part at a time, and with the newest of them for what is new. */
  async function sync(from: InboxPlace): Promise<void> {
    const { known } = inbox
    for (let at = 0; at < known.length; at += SYNC_KNOWN) {
      const part = new Map(known.slice(at, at + SYNC_KNOWN).map(one => [one.conversation, one]))
      let newest = at === 0 ? from : undefined
      for (let more = true; more; ) {
        const asked = { known: [...part.values()], ...(newest && { newest }) }
        const changes = await client.request('inbox_sync', asked)
        inbox.changes(changes)
        for (const summary of changes.changed) {
          const { conversation, head, agent_read } = summary
          if (part.has(conversation)) part.set(conversation, { conversation, head, agent_read })
          // They come oldest first: whatever is left stands before the last one.
          if (newest && byNewest(summary, newest) < 0) newest = placeOf(summary)
        }
        for (const conversation of changes.gone) part.delete(conversation)
        more = changes.more && changes.changed.length > 0
      }
    }
  }

  /** Loads the first page, or after a reconnect everything that has changed. Runs once per welcome. */
  async function load(): Promise<void> {
    try {
      if (inbox.view.ready && missed?.since) {
        await sync(missed.since)
        countSoon()
      } else inbox.page(await ask(undefined))
      missed = undefined
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
    client.on('welcome', () => void load()),
    client.on('state', state => {
      retry?.()
      if (state !== 'online') missed ??= { since: since() }
    }),
    client.on('summary', summary => {
      if (inbox.summary(summary)) countSoon()
      subscribers.changed()
    }),
    client.on('gone', ({ conversation }) => {
      inbox.gone(conversation)
      countSoon()
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
        inbox.page(await ask(inbox.next))
        subscribers.changed()
      } finally {
        loading = false
      }
    },
    close() {
      retry?.()
      recount?.()
      for (const off of offs) off()
    },
  }
}
