import type { ConversationStatus } from '@chatdesk/widget/client'
import { Picker } from './picker.tsx'

const NAMES = { open: 'Open', pending: 'Pending', snoozed: 'Snoozed', resolved: 'Resolved' } as const

/** What an agent may choose. */
const CHOICES = ['open', 'pending', 'resolved'] as const

type Props = { value: ConversationStatus; onPick: (status: ConversationStatus) => void }

/** Where a conversation stands, and a menu to change it. */
export function StatusPicker({ value, onPick }: Props) {
  // What nobody can choose may be what it is: it is shown for as long as it lasts.
  const offered = CHOICES.some(choice => choice === value) ? CHOICES : [value, ...CHOICES]
  const options = offered.map(status => ({
    value: status,
    label: NAMES[status as keyof typeof NAMES] ?? status,
    drawing: <span class={`status-dot ${status}`} />,
  }))
  return <Picker quiet label="Status" options={options} value={value} onPick={onPick} />
}
