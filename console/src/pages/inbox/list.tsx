import type { Me } from '@chatdesk/widget/client'
import { Banner } from '@chatdesk/widget/parts'
import { useEffect, useRef, useState } from 'preact/hooks'
import { explainError } from '../../api.ts'
import { DEFAULT_LISTING, filterOf, isNarrowed, type Listing } from '../../listing.ts'
import { useLive } from '../../live.ts'
import { Blank } from '../../parts/blank.tsx'
import { go, inboxPath, type Opened } from '../../routes.ts'
import { Filters } from './filters.tsx'
import { Found } from './found.tsx'
import { moveByKey, returnByKey } from './keyboard.ts'
import { MoreRows } from './more.tsx'
import { Row } from './row.tsx'
import { SearchBox } from './searchbox.tsx'
import { WaitingRows } from './waiting.tsx'

/** How often the rows' times are told anew, in milliseconds. */
const CLOCK_MS = 30_000

type Props = Opened & { me: Me; listing: Listing }

/** The list beside what is open: conversations, or what was found. What it shows stands in the address. */
export function List({ me, listing, ...opened }: Props) {
  const body = useRef<HTMLDivElement>(null)
  const now = useNow(CLOCK_MS)
  const [looks, setLooks] = useState(0)
  const live = useLive()
  const filter = filterOf(listing, me.member.id)
  const inbox = live.inbox(filter)
  // What is looked for is no place that one would go back to; another list is.
  const show = (next: Listing, how: 'push' | 'replace') => void go(inboxPath(next, opened), how)

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!body.current) return
      moveByKey(event, body.current)
      returnByKey(event, body.current)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  return (
    <section class="list" aria-label="Conversations">
      <header class="list-head">
        <h1>Inbox</h1>
        <SearchBox
          value={listing.search ?? ''}
          onChange={search => {
            const { search: _, ...others } = listing
            show(search ? { ...others, search } : others, 'replace')
          }}
          onAgain={() => setLooks(looks + 1)}
        />
        {!listing.search && (
          <Filters
            listing={listing}
            counts={inbox.view.value.counts}
            departments={live.departments.value}
            onChange={next => show(next, 'push')}
          />
        )}
      </header>
      <div class="list-body" ref={body}>
        {listing.search ? (
          <Found query={listing.search} looks={looks} now={now} opened={opened} />
        ) : (
          <Conversations
            key={JSON.stringify(filter)}
            inbox={inbox}
            conversation={opened.conversation}
            now={now}
            narrowed={isNarrowed(listing)}
            onAll={() => show(DEFAULT_LISTING, 'push')}
          />
        )}
      </div>
    </section>
  )
}

type ConversationsProps = {
  inbox: ReturnType<ReturnType<typeof useLive>['inbox']>
  conversation: string | undefined
  now: number
  narrowed: boolean
  /** Shows the list as it is at first. */
  onAll: () => void
}

/** The conversations that the filters leave. */
function Conversations({ inbox: { store, view }, conversation, now, narrowed, onAll }: ConversationsProps) {
  const live = useLive()
  const { rows, ready, hasMore, error } = view.value
  const state = live.state.value
  if (!ready && error) {
    return <Blank icon="alert" title="The list did not load" text={explainError(error)} />
  }
  if (!ready && (state === 'reconnecting' || state === 'closed')) {
    return <Blank icon="alert" title="No connection" text="The list loads as soon as it is back." />
  }
  if (!ready) return <WaitingRows words="Loading the conversations…" />
  return (
    <>
      {error && <Banner tone="warn">This list may be out of date. {explainError(error)}</Banner>}
      {rows.length > 0 && (
        <ul>
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
      {rows.length === 0 && !hasMore && narrowed && (
        <Blank icon="inbox" title="Nothing here" text="No conversation is like that right now.">
          <button type="button" class="button small" onClick={onAll}>
            Show all that is open
          </button>
        </Blank>
      )}
      {rows.length === 0 && !hasMore && !narrowed && (
        <Blank
          icon="inbox"
          title="All caught up"
          text="New conversations appear here the moment a visitor writes."
        />
      )}
      {hasMore && <MoreRows more={() => store.more()} what="conversations" />}
    </>
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
