import type { Me } from '@chatdesk/widget/client'
import { Banner } from '@chatdesk/widget/parts'
import { useEffect, useRef, useState } from 'preact/hooks'
import { explainError } from '../api.ts'
import { type Filter, useLive } from '../live.ts'
import { Blank } from '../parts/blank.tsx'
import { Choice } from '../parts/choice.tsx'
import { ConversationPage } from './conversation.tsx'
import { moveByKey, returnByKey } from './inbox/keyboard.ts'
import { MoreRows } from './inbox/more.tsx'
import { Row } from './inbox/row.tsx'

const FILTERS = [
  { value: 'open', label: 'Open' },
  { value: 'resolved', label: 'Resolved' },
  { value: 'all', label: 'All' },
] as const

const EMPTY: Record<Filter, { title: string; text: string }> = {
  open: { title: 'All caught up', text: 'New conversations appear here the moment a visitor writes.' },
  resolved: { title: 'Nothing resolved yet', text: 'Conversations that you resolve move here.' },
  all: { title: 'No conversations yet', text: 'Put the widget on your site, and visitors can write to you.' },
}

const PICK = (
  <>
    Or press <kbd>J</kbd> and <kbd>K</kbd> to go through the list, and <kbd>Enter</kbd> to open one.
  </>
)

/** How often the rows' times are told anew, in milliseconds. */
const CLOCK_MS = 30_000

/** The list of conversations, and the one that is open. */
export function InboxPage({ me, conversation }: { me: Me; conversation: string | undefined }) {
  const [filter, setFilter] = useState<Filter>('open')
  return (
    <div class={conversation ? 'inbox talking' : 'inbox'}>
      <List filter={filter} onFilter={setFilter} conversation={conversation} />
      {conversation ? (
        <ConversationPage key={conversation} conversation={conversation} me={me} />
      ) : (
        <div class="inbox-nothing">
          <Blank icon="quiet" title="Pick a conversation" text={PICK} />
        </div>
      )}
    </div>
  )
}

type ListProps = { filter: Filter; onFilter: (filter: Filter) => void; conversation: string | undefined }

function List({ filter, onFilter, conversation }: ListProps) {
  const live = useLive()
  const { store, view } = live.inbox(filter)
  const { rows, ready, hasMore, error } = view.value
  const list = useRef<HTMLUListElement>(null)
  const now = useNow(CLOCK_MS)

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!list.current) return
      moveByKey(event, list.current)
      returnByKey(event, list.current)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  return (
    <section class="list" aria-label="Conversations">
      <header class="list-head">
        <h1>Inbox</h1>
        <Choice label="Show" quiet options={FILTERS} value={filter} onChange={onFilter} />
      </header>
      {ready && error && <Banner tone="warn">This list may be out of date. {explainError(error)}</Banner>}
      <div class="list-body">
        {rows.length > 0 && (
          <ul ref={list}>
            {rows.map(row => (
              <Row
                key={row.summary.conversation}
                row={row}
                departments={live.departments.value}
                current={row.summary.conversation === conversation}
                now={now}
              />
            ))}
          </ul>
        )}
        {ready && rows.length === 0 && !hasMore && <Blank icon="inbox" {...EMPTY[filter]} />}
        {!ready && !error && <WaitingRows />}
        {!ready && error && <Blank icon="alert" title="The list did not load" text={explainError(error)} />}
        {ready && hasMore && <MoreRows key={filter} more={() => store.more()} />}
      </div>
    </section>
  )
}

function WaitingRows() {
  return (
    <div class="waiting" role="status">
      <span class="unseen">Loading the conversations…</span>
      {[1, 2, 3, 4, 5].map(row => (
        <span key={row} class="waiting-row" />
      ))}
    </div>
  )
}

function useNow(every: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
