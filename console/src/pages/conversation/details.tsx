import type { Answer, Me, Summary } from '@chatdesk/widget/client'
import { clock, day } from '@chatdesk/widget/parts'
import type { ErasureMode } from '../../api.ts'
import { useLive } from '../../live.ts'
import { Icon } from '../../parts/icon.tsx'
import { BASE, inboxPath, listing } from '../../routes.ts'
import { Device } from './device.tsx'
import { Keeping } from './keeping.tsx'
import { Line } from './line.tsx'
import { useProfile } from './profile.ts'
import { Facts, Who } from './who.tsx'

type Props = {
  summary: Summary
  me: Me
  onClose: () => void
  /** The visitor was erased. */
  onErased: (mode: ErasureMode) => void
}

/** Who the visitor is, where they come from, and what they answered before the conversation. */
export function Details({ summary, me, onClose, onErased }: Props) {
  const { visitor, department, created_at } = summary
  const live = useLive()
  const { profile, error, again } = useProfile(live.client, visitor.id, `${visitor.name}:${visitor.email}`)
  // Who they are stands above already.
  const answers =
    summary.answers?.filter(({ value }) => value !== visitor.name && value !== visitor.email) ?? []
  const asked = live.departments.value.find(({ id }) => id === department)?.name
  return (
    <aside class="details" id="details" aria-label="Details">
      <button
        type="button"
        class="icon-button details-close"
        aria-label="Close the details"
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
      <Who visitor={visitor} />
      <p class="details-all">
        <a href={BASE + inboxPath(listing.value, { visitor: visitor.id })}>All of their conversations</a>
      </p>
      <h3>Conversation</h3>
      <dl>
        <Line term="Started">
          {day(created_at, Date.now())}, {clock(created_at)}
        </Line>
        {asked && <Line term="Department">{asked}</Line>}
      </dl>
      {answers.length > 0 && (
        <>
          <h3>Before the chat</h3>
          <dl>
            {answers.map(answer => (
              <Line key={answer.key} term={termOf(answer.key)}>
                {answerText(answer)}
              </Line>
            ))}
          </dl>
        </>
      )}
      {profile && <Facts profile={profile} />}
      {profile?.browser && <Device browser={profile.browser} />}
      {error && !profile && (
        <p class="details-failed">
          The rest did not load.{' '}
          <button type="button" class="cd-link" onClick={again}>
            Try again
          </button>
        </p>
      )}
      {me.member.role !== 'agent' && <Keeping visitor={visitor} onErased={onErased} />}
    </aside>
  )
}

/** A key as a heading: the form may have changed since, so its labels cannot be asked. `order_number`: `Order number`. */
export function termOf(key: string): string {
  const words = key.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function answerText({ value }: Answer): string {
  return value === 'true' ? 'Yes' : value === 'false' ? 'No' : value
}
