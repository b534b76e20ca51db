import type { Department, InboxCounts, Priority } from '@chatdesk/widget/client'
import { PRIORITY_NAMES } from '@chatdesk/widget/parts'
import type { ComponentChildren } from 'preact'
import { type Listing, PRIORITIES, STATUSES } from '../../listing.ts'
import { Choice } from '../../parts/choice.tsx'

const WHOSE = [
  { value: 'mine', label: 'Mine' },
  { value: 'unassigned', label: 'Unassigned' },
  { value: 'all', label: 'All' },
] as const

const STATUS_NAMES = { open: 'Open', pending: 'Pending', snoozed: 'Snoozed', resolved: 'Resolved' } as const

type Props = {
  listing: Listing
  /** Not there until they have come. */
  counts: InboxCounts | undefined
  departments: readonly Department[]
  onChange: (listing: Listing) => void
}

/** What the list is narrowed to. Whose and which department's are counted without what is resolved. */
export function Filters({ listing, counts, departments, onChange }: Props) {
  const { whose, department, priority, ...rest } = listing
  const same = { ...rest, ...(whose && { whose }), ...(department && { department }) }
  const kept = { ...same, ...(priority && { priority }) }
  return (
    <div class="filters">
      <Choice
        label="Whose conversations"
        quiet
        options={WHOSE.map(({ value, label }) => ({ value, label, count: whoseCount(value, counts) }))}
        value={whose ?? 'all'}
        onChange={next => {
          const { whose: _, ...others } = kept
          onChange(next === 'all' ? others : { ...others, whose: next })
        }}
      />
      <div class="filter-row">
        <Filter
          label="Status"
          value={listing.status}
          narrowed={listing.status !== 'open'}
          onChange={status => onChange({ ...kept, status: status as Listing['status'] })}
        >
          {STATUSES.map(status => (
            <option key={status} value={status}>
              {counted(STATUS_NAMES[status], counts?.[status])}
            </option>
          ))}
          <option value="any">Any status</option>
        </Filter>
        {(departments.length > 0 || department) && (
          <Filter
            label="Department"
            value={department ?? ''}
            narrowed={department !== undefined}
            onChange={next => {
              const { department: _, ...others } = kept
              onChange(next ? { ...others, department: next } : others)
            }}
          >
            <option value="">All departments</option>
            {departments.map(({ id, name }) => (
              <option key={id} value={id}>
                {counted(name, counts && (counts.departments?.find(it => it.department === id)?.open ?? 0))}
              </option>
            ))}
            {department && !departments.some(({ id }) => id === department) && (
              <option value={department}>A department of the past</option>
            )}
          </Filter>
        )}
        <Filter
          label="Priority"
          value={priority ?? ''}
          narrowed={priority !== undefined}
          onChange={next => onChange(next ? { ...same, priority: next as Priority } : same)}
        >
          <option value="">Any priority</option>
          {PRIORITIES.map(it => (
            <option key={it} value={it}>
              {it === 'none' ? 'No priority' : PRIORITY_NAMES[it]}
            </option>
          ))}
        </Filter>
      </div>
    </div>
  )
}

type FilterProps = {
  label: string
  value: string
  /** Whether it leaves anything out that the list shows at first. */
  narrowed: boolean
  onChange: (value: string) => void
  children: ComponentChildren
}

function Filter({ label, value, narrowed, onChange, children }: FilterProps) {
  return (
    <select
      class={narrowed ? 'filter narrowed' : 'filter'}
      aria-label={label}
      title={label}
      value={value}
      onChange={event => onChange(event.currentTarget.value)}
    >
      {children}
    </select>
  )
}

/** How many conversations that are not resolved each of the three holds. */
export function whoseCount(
  whose: (typeof WHOSE)[number]['value'],
  counts: InboxCounts | undefined,
): number | undefined {
  if (!counts) return undefined
  return whose === 'all' ? counts.open + counts.pending + counts.snoozed : counts[whose]
}

function counted(name: string, count: number | undefined): string {
  return count === undefined ? name : `${name} (${count.toLocaleString()})`
}
