import type { Contact, SearchHit, SnippetPart } from '@chatdesk/widget/client'
import { Avatar, ago, full } from '@chatdesk/widget/parts'
import { useEffect, useState } from 'preact/hooks'
import { explainError } from '../../api.ts'
import { useLive } from '../../live.ts'
import { visitorName } from '../../names.ts'
import { Blank } from '../../parts/blank.tsx'
import { Icon } from '../../parts/icon.tsx'
import { BASE, inboxPath, listing, type Opened } from '../../routes.ts'
import { MoreRows } from './more.tsx'
import { Search } from './search.ts'
import { WaitingRows } from './waiting.tsx'

type Props = {
  query: string
  /** Another number looks for it again. */
  looks: number
  now: number
  opened: Opened
}

/** What was found: contacts, and below them messages, newest first. */
export function Found({ query, looks, now, opened }: Props) {
  const { client, state } = useLive()
  const [search] = useState(() => new Search(client))
  useEffect(() => () => search.close(), [search])
  useEffect(() => void search.look(query), [search, query, looks])
  const found = search.findings.value
  const { contacts, hits, error } = found
  const fresh = found.query === query && !found.busy

  if (error) {
    const offline = state.value !== 'online'
    return (
      <Blank
        icon="alert"
        title={offline ? 'No connection' : 'The search did not work'}
        text={offline ? 'It is looked for as soon as it is back.' : explainError(error)}
      >
        {!offline && error.retryable && (
          <button type="button" class="button small" onClick={() => void search.look(query)}>
            Try again
          </button>
        )}
      </Blank>
    )
  }
  if (contacts.length === 0 && hits.length === 0) {
    if (!fresh) return <WaitingRows words="Searching…" />
    return (
      <Blank
        icon="search"
        title="Nothing found"
        text={`No message and no contact has “${query}”. Try fewer words, or the beginning of a name.`}
      />
    )
  }
  return (
    <div class={fresh ? 'found' : 'found stale'} aria-busy={!fresh}>
      <p class="unseen" role="status">
        {fresh &&
          `${count(contacts.length, found.hasMoreContacts, 'contact')}, ${count(hits.length, found.hasMoreHits, 'message')}`}
      </p>
      {contacts.length > 0 && (
        <>
          <h2 class="found-title">Contacts</h2>
          <ul>
            {contacts.map(contact => (
              <ContactRow
                key={contact.visitor.id}
                contact={contact}
                current={opened.visitor === contact.visitor.id}
              />
            ))}
          </ul>
          {found.hasMoreContacts && <MoreContacts more={() => search.moreContacts()} />}
        </>
      )}
      {hits.length > 0 && (
        <>
          <h2 class="found-title">Messages</h2>
          <ul>
            {hits.map(hit => (
              <HitRow
                key={`${hit.conversation}:${hit.seq}`}
                hit={hit}
                current={opened.conversation === hit.conversation && opened.seq === hit.seq}
                now={now}
              />
            ))}
          </ul>
          {found.hasMoreHits && <MoreRows key={query} more={() => search.moreHits()} what="messages" />}
        </>
      )}
    </div>
  )
}

function count(many: number, more: boolean, what: string): string {
  return `${more ? 'more than ' : ''}${many} ${what}${many === 1 ? '' : 's'}`
}

function MoreContacts({ more }: { more: () => Promise<void> }) {
  const [failed, setFailed] = useState(false)
  return (
    <button
      type="button"
      class="button small plain found-more"
      onClick={() =>
        more().then(
          () => setFailed(false),
          () => setFailed(true),
        )
      }
    >
      {failed ? 'That did not work. Try again' : 'More contacts'}
    </button>
  )
}

function ContactRow({ contact, current }: { contact: Contact; current: boolean }) {
  const { visitor, phone, external_id } = contact
  const name = visitorName(visitor)
  const known = [visitor.email, phone, external_id].filter(it => it && it !== name).join(' · ')
  return (
    <li>
      <a
        class="conversation-link"
        href={BASE + inboxPath(listing.value, { visitor: visitor.id })}
        aria-current={current ? 'true' : undefined}
      >
        <Avatar id={visitor.id} name={name} />
        <span class="conversation-name">
          <span>{name}</span>
          {visitor.verified && (
            <span class="verified" title="The site vouches for who they are">
              <Icon name="check" size={14} />
              <span class="unseen">verified</span>
            </span>
          )}
        </span>
        <span class="conversation-preview">{known || 'Contact'}</span>
      </a>
    </li>
  )
}

function HitRow({ hit, current, now }: { hit: SearchHit; current: boolean; now: number }) {
  const { visitor, conversation, seq, at } = hit
  const name = visitorName(visitor)
  const who = whoWrote(hit)
  return (
    <li>
      <a
        class="conversation-link hit"
        href={BASE + inboxPath(listing.value, { conversation, seq })}
        aria-current={current ? 'true' : undefined}
      >
        <Avatar id={visitor.id} name={name} />
        <span class="conversation-name">
          <span>{name}</span>
        </span>
        <time class="conversation-time" dateTime={new Date(at).toISOString()} title={full(at)}>
          {ago(at, now)}
        </time>
        <span class="hit-text" dir="auto">
          {who && <span class="hit-who">{who}: </span>}
          <Snippet parts={hit.snippet} />
        </span>
      </a>
    </li>
  )
}

/** Who said it, and as what, where that is no message; of a visitor's message nothing, for whose it is stands above. */
export function whoWrote({ sender, visitor, kind }: SearchHit): string {
  const ofVisitor = sender.kind === 'visitor'
  const who = ofVisitor ? visitorName({ ...visitor, id: sender.id }) : (sender.name ?? 'An agent')
  if (kind === 'note') return `${who}’s note`
  if (kind === 'attachment') return `${who}’s file`
  if (kind === 'rating') return `${who}’s rating`
  return ofVisitor ? '' : who
}

/** A piece of a text with what was found in it set off; text, whatever it holds. */
export function Snippet({ parts }: { parts: readonly SnippetPart[] }) {
  return <>{parts.map(({ text, found }, index) => (found ? <mark key={index}>{text}</mark> : text))}</>
}
