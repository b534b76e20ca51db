import type { ConversationStatus, Priority, Summary } from '@chatdesk/widget/client'
import { Avatar } from '@chatdesk/widget/parts'
import { useLive } from '../../live.ts'
import { visitorName } from '../../names.ts'
import { Icon } from '../../parts/icon.tsx'
import { PriorityPicker } from '../../parts/priority.tsx'
import { BASE, inboxPath, listing } from '../../routes.ts'

type Props = {
  summary: Summary
  /** How urgent it is, or will be once a change that is on its way is stored. */
  priority: Priority
  /** Whether the details are shown. */
  detailed: boolean
  /** A change of its status is on its way. */
  changing: boolean
  onDetails: () => void
  onStatus: (status: ConversationStatus) => void
  onPriority: (priority: Priority) => void
}

/** Whose conversation it is and where it stands, and what can be done with it. */
export function Head({ summary, priority, detailed, changing, onDetails, onStatus, onPriority }: Props) {
  const { visitor, status, department } = summary
  const name = visitorName(visitor)
  const asked = useLive().departments.value.find(({ id }) => id === department)?.name
  const resolved = status === 'resolved'
  return (
    <header class="talk-head">
      <a class="icon-button back" href={BASE + inboxPath(listing.value)} aria-label="Back to the inbox">
        <Icon name="back" />
      </a>
      <Avatar id={visitor.id} name={name} />
      <div class="talk-who">
        <h1>{name}</h1>
        <p>
          <span class={`status ${status}`}>{status}</span>
          {asked && <span class="talk-department"> · {asked}</span>}
        </p>
      </div>
      <PriorityPicker value={priority} onPick={onPriority} />
      <button
        type="button"
        class="button resolve"
        aria-disabled={changing}
        onClick={() => changing || onStatus(resolved ? 'open' : 'resolved')}
      >
        <Icon name={resolved ? 'reopen' : 'check'} size={18} />
        {resolved ? 'Reopen' : 'Resolve'}
      </button>
      <button
        type="button"
        class="icon-button to-details"
        aria-label="Details"
        title="Details"
        aria-expanded={detailed}
        aria-controls="details"
        onClick={onDetails}
      >
        <Icon name="panel" />
      </button>
    </header>
  )
}
