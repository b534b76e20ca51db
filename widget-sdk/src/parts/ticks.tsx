import type { LogItem } from '../state/index.ts'
import { t } from '../words/words.ts'

/** How far a message of one's own got. */
export type TickState = 'sending' | 'sent' | 'read' | 'failed'

/**
 * What may be claimed of a message: `sent` only once it is stored, `read` once the other side has read up to its seq
 * (`readUpTo`); never of a note, of which the other side's log holds a blank.
 */
export function tickState(item: LogItem, readUpTo: number): TickState {
  if (item.status === 'failed') return 'failed'
  if (item.status !== 'stored' || item.entry.seq === undefined) return 'sending'
  return item.entry.seq <= readUpTo && item.entry.content.kind !== 'note' ? 'read' : 'sent'
}

/** The sign for it: a ring, one tick, two ticks; with the word for those who cannot see it. */
export function Ticks({ state }: { state: TickState }) {
  const word = t(`tick.${state}`)
  return (
    <span class={`cd-ticks cd-ticks-${state}`} role="img" aria-label={word} title={word}>
      <svg viewBox="0 0 18 12" aria-hidden="true">
        {state === 'sending' && <circle cx="12" cy="6" r="4" />}
        {state === 'failed' && <path d="M12 2v4.5M12 9.5v.1" />}
        {state === 'read' && <path d="m1.5 6.5 3 3 6-7" />}
        {(state === 'sent' || state === 'read') && <path d="m7 8 1.5 1.5 6-7" />}
      </svg>
    </span>
  )
}
