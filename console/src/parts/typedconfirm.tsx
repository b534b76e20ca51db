import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { explain } from '../api.ts'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'

type Props = {
  title: string
  text: string
  /** What must be typed: a name, so that nobody means another one. */
  expected: string
  /** What the button says that does it. */
  yes: string
  onClose: () => void
  /** Does it; what it throws is shown. */
  onYes: () => Promise<void>
  children?: ComponentChildren
}

/** Asks before something that cannot be undone: a name must be typed. Escape closes it, unless it is being done. */
export function TypedConfirm({ title, text, expected, yes, onClose, onYes, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const doing = useRef(false)
  const [error, setError] = useState<unknown>()
  const [wrong, setWrong] = useState(false)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])

  async function submit(event: SubmitEvent) {
    event.preventDefault()
    if (doing.current) return
    setError(undefined)
    const meant = same(typed, expected)
    setWrong(!meant)
    if (!meant) {
      dialog.current?.querySelector<HTMLInputElement>('input:not([type=radio])')?.focus()
      return
    }
    doing.current = true
    setBusy(true)
    try {
      await onYes()
    } catch (error) {
      setError(error)
      setBusy(false)
      doing.current = false
    }
  }

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={event => {
        event.preventDefault()
        if (!busy) onClose()
      }}
    >
      <form onSubmit={submit} noValidate>
        <h2 id={`${id}-title`}>{title}</h2>
        <p id={`${id}-text`}>{text}</p>
        {children}
        <Field
          label={`Type “${expected}” to confirm`}
          error={wrong ? `That is not “${expected}”.` : undefined}
        >
          {binding => (
            <input
              {...binding}
              class="input"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={typed}
              onInput={event => {
                setTyped(event.currentTarget.value)
                setWrong(false)
              }}
            />
          )}
        </Field>
        {error !== undefined && (
          <p class="callout danger" role="alert">
            <Icon name="alert" />
            {explain(error)}
          </p>
        )}
        <div class="dialog-buttons">
          <button type="button" class="button" disabled={busy} onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button danger" aria-disabled={busy} aria-busy={busy}>
            {busy ? 'One moment…' : yes}
          </button>
        </div>
      </form>
    </dialog>
  )
}

/** Whether the name was typed; blanks at its ends, and how many there are within it, cannot be seen. */
export function same(typed: string, expected: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/gu, ' ').normalize('NFC')
  return plain(typed) === plain(expected)
}
