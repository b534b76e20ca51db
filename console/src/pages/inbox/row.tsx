import type { Department, Preview } from '@chatdesk/widget/client'
import { Avatar, ago, full } from '@chatdesk/widget/parts'
import type { InboxRow } from '@chatdesk/widget/state'
import { visitorName } from '../../names.ts'
import { Icon } from '../../parts/icon.tsx'
import { PriorityBadge } from '../../parts/priority.tsx'
import { BASE, inboxPath, listing } from '../../routes.ts'

type Props = { row: InboxRow; departments: readonly Department[]; current: boolean; now: number }

/** A conversation in the list. */
export function Row({ row: { summary, unread }, departments, current, now }: Props) {
  const { conversation, visitor, preview, status, priority, updated_at } = summary
  const name = visitorName(visitor)
  const department = departments.find(({ id }) => id === summary.department)?.name
  return (
    <li>
      <a
        class={unread > 0 ? 'conversation-link unread' : 'conversation-link'}
        href={BASE + inboxPath(listing.value, { conversation })}
        aria-current={current ? 'true' : undefined}
      >
        <Avatar id={visitor.id} name={name} />
        <span class="conversation-name">
          <span>{name}</span>
          <PriorityBadge priority={priority} />
        </span>
        <time
          class="conversation-time"
          dateTime={new Date(updated_at).toISOString()}
          title={full(updated_at)}
        >
          {ago(updated_at, now)}
        </time>
        <span class="conversation-preview">{preview ? <PreviewText {...preview} /> : 'No messages yet'}</span>
        {unread > 0 && (
          <span class="conversation-count">
            {unread > 99 ? '99+' : unread}
            <span class="unseen"> unread</span>
          </span>
        )}
        {(department || status !== 'open') && (
          <span class="conversation-tags">
            {department && <span class="tag">{department}</span>}
            {status !== 'open' && <span class={`tag ${status}`}>{status}</span>}
          </span>
        )}
      </a>
    </li>
  )
}

/** The preview; an answer is marked as one. */
function PreviewText({ from, text }: Preview) {
  if (from !== 'agent') return text
  return (
    <>
      <Icon name="answer" size={14} />
      <span class="unseen">Answered: </span>
      {text}
    </>
  )
}
