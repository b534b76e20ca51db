import type { Colleague, ConversationStatus, MemberId, Priority, Summary } from '@chatdesk/widget/client'
import { Avatar } from '@chatdesk/widget/parts'
import { useLive } from '../../live.ts'
import { visitorName } from '../../names.ts'
import { AssigneePicker } from '../../parts/assignee.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PriorityPicker } from '../../parts/priority.tsx'
import { StatusPicker } from '../../parts/status.tsx'
import { BASE, inboxPath, listing } from '../../routes.ts'

type Props = {
  summary: Summary
  /** How urgent it is, or will be once a change that is on its way is stored. */
  priority: Priority
  /** Whose it is, or will be. */
  assignee: MemberId | undefined
  me: MemberId
  /** Whether the details are shown. */
  detailed: boolean
  /** A change of its status is on its way. */
  changing: boolean
  onDetails: () => void
  onStatus: (status: ConversationStatus) => void
  onPriority: (priority: Priority) => void
  onAssign: (member: Colleague | undefined) => void
}

/** Whose conversation it is and where it stands, and what can be done with it. */
export function Head(props: Props) {
  const { summary, priority, assignee, me, detailed, changing } = props
  const { visitor, status, department } = summary
  const name = visitorName(visitor)
  const live = useLive()
  const asked = live.departments.value.find(({ id }) => id === department)?.name
  const resolved = status === 'resolved'
  const change = (next: ConversationStatus) => changing || props.onStatus(next)
  return (
    <header class="talk-head">
      <a class="icon-button back" href={BASE + inboxPath(listing.value)} aria-label="Back to the inbox">
        <Icon name="back" />
      </a>
      <Avatar id={visitor.id} name={name} />
      <div class="talk-who">
        <h1>{name}</h1>
        <div class="talk-state">
          <StatusPicker value={status} onPick={change} />
          {asked && <span class="talk-department">· {asked}</span>}
        </div>
      </div>
      <AssigneePicker
        value={assignee}
        me={me}
        colleagues={live.team.value.colleagues}
        onPick={props.onAssign}
      />
      <PriorityPicker value={priority} onPick={props.onPriority} />
      <button
        type="button"
        class="button resolve"
        title={resolved ? 'Reopen' : 'Resolve'}
        aria-disabled={changing}
        onClick={() => change(resolved ? 'open' : 'resolved')}
      >
        <Icon name={resolved ? 'reopen' : 'check'} size={18} />
        <span class="resolve-word">{resolved ? 'Reopen' : 'Resolve'}</span>
      </button>
      <button
        type="button"
        class="icon-button to-details"
        aria-label="Details"
        title="Details"
        aria-expanded={detailed}
        aria-controls="details"
        onClick={props.onDetails}
      >
        <Icon name="panel" />
      </button>
    </header>
  )
}
