// The console's one connection, for as long as somebody is logged in, and what everything on the screen reads from it.

import {
  Client,
  CloseCode,
  type ConnectionState,
  type ConversationId,
  type Department,
  type Me,
  type Refusal,
  type Summary,
} from '@chatdesk/widget/client'
import {
  type InboxFilter,
  type InboxStore,
  type InboxView,
  openInbox,
  openPresence,
  type PresenceStore,
  type PresenceView,
  type Store,
} from '@chatdesk/widget/state'
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { version } from '../package.json'
import { expire } from './account.ts'

/** Most lists that are kept up to date besides the one of what is open; the oldest is closed for the next. */
const LISTS = 6
/** The list that is always kept: the rail counts what is unread in it. */
const OPEN: InboxFilter = { status: 'open' }

/** An inbox that signals its view. */
export type LiveInbox = { store: InboxStore; view: ReadonlySignal<InboxView> }

/** The connection of the member who is logged in. */
export class Live {
  readonly client: Client
  readonly state: Signal<ConnectionState>
  readonly refusal: Signal<Refusal | undefined> = signal(undefined)
  readonly departments: Signal<readonly Department[]> = signal([])
  /** Who answers besides oneself, and who of them is here. */
  readonly team: ReadonlySignal<PresenceView>
  readonly #presence: PresenceStore
  /** By filter, the one that was looked at last at the end. */
  readonly #inboxes = new Map<string, LiveInbox>()
  /** The list of all that is open. */
  readonly open: LiveInbox

  constructor({ member }: Me) {
    const { protocol, host } = window.location
    this.client = new Client({
      url: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`,
      hello: () => ({ role: 'agent', agent: `console/${version}` }),
      // By member: what one of them left unsent is not sent in another's name.
      storageKey: `chatdesk:console:${member.id}`,
      storage: window.localStorage,
      wake: window,
    })
    this.state = signal(this.client.state)
    this.client.on('state', state => {
      this.state.value = state
      this.refusal.value = this.client.refusal
      if (this.client.refusal?.code === CloseCode.Unauthenticated) expire()
    })
    this.client.on('welcome', ({ agent }) => {
      if (agent) this.departments.value = agent.departments
    })
    this.#presence = openPresence(this.client)
    this.team = storeSignal(this.#presence)
    this.open = this.#opened(OPEN)
  }

  /** The inbox with this filter; opened when it is first asked for, and kept up to date while it is among the last ones. */
  inbox(filter: InboxFilter): LiveInbox {
    const key = JSON.stringify(filter)
    if (key === JSON.stringify(OPEN)) return this.open
    const inbox = this.#inboxes.get(key) ?? this.#opened(filter)
    this.#inboxes.delete(key)
    this.#inboxes.set(key, inbox)
    for (const [oldest, { store }] of this.#inboxes) {
      if (this.#inboxes.size <= LISTS) break
      store.close()
      this.#inboxes.delete(oldest)
    }
    return inbox
  }

  #opened(filter: InboxFilter): LiveInbox {
    const store = openInbox(this.client, filter)
    return { store, view: storeSignal(store) }
  }

  /** What the lists know of a conversation: something to show until its log has come. */
  listed(conversation: ConversationId): Summary | undefined {
    for (const { store } of [this.open, ...this.#inboxes.values()]) {
      const row = store.view.rows.find(row => row.summary.conversation === conversation)
      if (row) return row.summary
    }
    return undefined
  }

  close(): void {
    for (const { store } of [this.open, ...this.#inboxes.values()]) store.close()
    this.#presence.close()
    this.client.close()
  }
}

/** A store's view as a signal. The subscription lasts as long as the store. */
function storeSignal<V>(store: Store<V>): ReadonlySignal<V> {
  const view = signal(store.view)
  store.subscribe(next => {
    view.value = next
  })
  return view
}

/** A store's view, followed while the component is on the screen. */
export function useStore<V>(store: Store<V>): V {
  const [, redraw] = useState<V>()
  useEffect(() => {
    redraw(store.view)
    return store.subscribe(redraw)
  }, [store])
  return store.view
}

/** Connects for as long as the component is on the screen. */
export function useConnection(me: Me): Live {
  const live = useMemo(() => new Live(me), [me.member.id])
  useEffect(() => {
    live.client.connect()
    return () => live.close()
  }, [live])
  return live
}

/** Gives the connection to everything below. */
export const LiveContext = createContext<Live | undefined>(undefined)

/** The connection. Only below `LiveContext`. */
export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('there is no connection here')
  return live
}
