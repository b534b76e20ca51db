import { Icon } from '../../parts/icon.tsx'
import type { Editing } from './usedraft.ts'

/** What the bar shows of an editor. */
export type Saving = Pick<Editing, 'dirty' | 'saving' | 'saved' | 'failure' | 'discard'>

/** Saves or discards; there while there is something to save, or something to say about saving. */
export function SaveBar({ editing }: { editing: Saving }) {
  const { dirty, saving, saved, failure, discard } = editing
  const shown = dirty || saving || failure !== undefined || saved
  return (
    <div class={shown ? 'save-bar shown' : 'save-bar'}>
      <p role="status" class={failure ? 'save-state field-error' : 'save-state'}>
        {failure ?? (saved && !dirty ? 'Saved' : dirty ? 'Unsaved changes' : '')}
        {saved && !dirty && <Icon name="check" size={18} />}
      </p>
      {dirty && (
        <>
          <button type="button" class="button" disabled={saving} onClick={discard}>
            Discard
          </button>
          <button type="submit" class="button primary" disabled={saving} aria-busy={saving}>
            {saving ? 'Saving…' : 'Save changes'}
          </button>
        </>
      )}
    </div>
  )
}
