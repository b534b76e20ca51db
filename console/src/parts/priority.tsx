import type { Priority } from '@chatdesk/widget/client'
import { PRIORITY_NAMES } from '@chatdesk/widget/parts'
import { Picker } from './picker.tsx'

/** The bars of the mark, left to right: where they begin, on a grid of 16. */
const BARS = [10, 7, 4] as const

/** How many of them are filled. */
const FILLED: Record<Exclude<Priority, 'urgent'>, number> = { none: 0, low: 1, medium: 2, high: 3 }

/** How urgent a conversation is, as a mark: bars that fill, and for the last step an exclamation. Silent: words stand by it. */
export function PriorityMark({ priority, size = 16 }: { priority: Priority; size?: number }) {
  return (
    <svg
      class={`priority-mark ${priority}`}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      {priority === 'urgent' ? (
        <path
          fill-rule="evenodd"
          d="M4 1.5h8A2.5 2.5 0 0 1 14.5 4v8a2.5 2.5 0 0 1-2.5 2.5H4A2.5 2.5 0 0 1 1.5 12V4A2.5 2.5 0 0 1 4 1.5zM7.1 4v5h1.8V4zm0 6.3v1.8h1.8v-1.8z"
        />
      ) : (
        BARS.map((top, index) => (
          <rect
            key={top}
            class={index < FILLED[priority] ? undefined : 'priority-rest'}
            x={2 + index * 4.5}
            y={top}
            width="3"
            height={14 - top}
            rx="1"
          />
        ))
      )}
    </svg>
  )
}

/** The mark with its words for screen readers and as a tooltip; nothing where nobody has said. */
export function PriorityBadge({ priority = 'none' }: { priority?: Priority | undefined }) {
  if (priority === 'none' || !PRIORITY_NAMES[priority]) return null
  const name = `${PRIORITY_NAMES[priority]} priority`
  return (
    <span class="priority-badge" title={name}>
      <PriorityMark priority={priority} size={14} />
      <span class="unseen">{name}</span>
    </span>
  )
}

const OPTIONS = (['none', 'low', 'medium', 'high', 'urgent'] as const).map(value => ({
  value,
  label: PRIORITY_NAMES[value],
  ...(value === 'none' && { face: 'Priority' }),
  drawing: <PriorityMark priority={value} />,
}))

/** Sets how urgent a conversation is. */
export function PriorityPicker({ value, onPick }: { value: Priority; onPick: (priority: Priority) => void }) {
  return <Picker label="Priority" options={OPTIONS} value={value} onPick={onPick} />
}
