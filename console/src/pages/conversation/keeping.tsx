import type { VisitorSummary } from '@chatdesk/widget/client'
import { useState } from 'preact/hooks'
import { type ErasureMode, explain, exportContact } from '../../api.ts'
import { visitorName } from '../../names.ts'
import { Icon } from '../../parts/icon.tsx'
import { EraseDialog } from './erase.tsx'

type Props = {
  visitor: VisitorSummary
  /** The contact was erased. */
  onErased: (mode: ErasureMode) => void
}

/** For owners and admins: takes out all that is held of a contact, or erases it. */
export function Keeping({ visitor, onErased }: Props) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [erasing, setErasing] = useState(false)

  async function save() {
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      offer(await exportContact(visitor.id), `contact-${visitor.id}.zip`)
    } catch (error) {
      setError(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <>
      <h3>What is kept</h3>
      <div class="details-actions">
        <button type="button" class="button small" aria-disabled={busy} onClick={save}>
          <Icon name="download" size={16} />
          {busy ? 'Exporting…' : 'Export'}
        </button>
        <button type="button" class="button small danger-line" onClick={() => setErasing(true)}>
          <Icon name="trash" size={16} />
          Erase…
        </button>
      </div>
      {error !== undefined && (
        <p class="field-error" role="alert">
          {explain(error)}
        </p>
      )}
      {erasing && (
        <EraseDialog
          contact={visitor.id}
          name={visitorName(visitor)}
          onClose={() => setErasing(false)}
          onErased={mode => {
            setErasing(false)
            onErased(mode)
          }}
        />
      )}
    </>
  )
}

/** Lets the browser save a file. */
function offer(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Not before the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
