import type { Me, VisitorId } from '@chatdesk/widget/client'
import { Banner, clock, day } from '@chatdesk/widget/parts'
import { useState } from 'preact/hooks'
import { explainError } from '../api.ts'
import { useLive } from '../live.ts'
import { visitorName } from '../names.ts'
import { Blank } from '../parts/blank.tsx'
import { Icon } from '../parts/icon.tsx'
import { BASE, go, inboxPath, listing } from '../routes.ts'
import { useConversations } from './contact/conversations.ts'
import { Device } from './conversation/device.tsx'
import { Keeping } from './conversation/keeping.tsx'
import { Line } from './conversation/line.tsx'
import { useProfile } from './conversation/profile.ts'
import { Facts, Who } from './conversation/who.tsx'
import { Row } from './inbox/row.tsx'
import { WaitingRows } from './inbox/waiting.tsx'

/** A visitor's profile: who they are, their conversations, and where they were last. */
export function ContactPage({ visitor, me }: { visitor: VisitorId; me: Me }) {
  const { client } = useLive()
  const { profile, error, again } = useProfile(client, visitor)
  const [erased, setErased] = useState(false)
  if (erased || !profile) {
    return (
      <section class="contact" aria-label="Contact">
        {erased ? (
          <Blank icon="quiet" title="This contact was erased" text="Nothing of what they said is kept." />
        ) : !error ? (
          <Blank busy title="Loading the contact…" />
        ) : error.code === 'not_found' || error.code === 'bad_field' ? (
          <Blank
            icon="quiet"
            title="No such contact"
            text="They may have been erased, or belong elsewhere."
          />
        ) : (
          <Blank icon="alert" title="The contact did not load" text={explainError(error)}>
            <button type="button" class="button" onClick={again}>
              Try again
            </button>
          </Blank>
        )}
      </section>
    )
  }
  const name = visitorName(profile.visitor)
  return (
    <section class="contact" aria-label={`Contact ${name}`}>
      <header class="contact-head">
        <a class="icon-button back" href={BASE + inboxPath(listing.value)} aria-label="Back to the inbox">
          <Icon name="back" />
        </a>
        <h1>Contact</h1>
        <button
          type="button"
          class="icon-button contact-close"
          aria-label="Close the contact"
          onClick={() => void go(inboxPath(listing.value))}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="contact-body">
        <div class="contact-known">
          <Who visitor={profile.visitor} />
          <Facts profile={profile} />
          <h3>Here since</h3>
          <dl>
            <Line term="First came">
              {day(profile.created_at, Date.now())}, {clock(profile.created_at)}
            </Line>
          </dl>
          {profile.browser && <Device browser={profile.browser} />}
          {me.member.role !== 'agent' && (
            <Keeping visitor={profile.visitor} onErased={() => setErased(true)} />
          )}
        </div>
        <div class="contact-said">
          <h2>Conversations</h2>
          <Conversations visitor={visitor} />
        </div>
      </div>
    </section>
  )
}

/** The conversations of one visitor, newest first. */
function Conversations({ visitor }: { visitor: VisitorId }) {
  const live = useLive()
  const { rows, error, more, again } = useConversations(live.client, visitor)
  if (!rows) {
    if (!error) return <WaitingRows words="Loading the conversations…" />
    return (
      <Blank icon="alert" title="They did not load" text={explainError(error)}>
        <button type="button" class="button small" onClick={again}>
          Try again
        </button>
      </Blank>
    )
  }
  if (rows.length === 0) {
    return (
      <Blank
        icon="inbox"
        title="No conversations"
        text="They have not written yet, or it is kept no longer."
      />
    )
  }
  return (
    <>
      {error && <Banner tone="warn">This list may be out of date. {explainError(error)}</Banner>}
      <ul>
        {rows.map(summary => (
          <Row
            key={summary.conversation}
            row={{ summary, unread: Math.max(0, summary.head - summary.agent_read) }}
            departments={live.departments.value}
            current={false}
            now={Date.now()}
          />
        ))}
      </ul>
      {more && (
        <button type="button" class="button small" onClick={more}>
          Earlier conversations
        </button>
      )}
    </>
  )
}
