import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

/** What a control needs to be tied to its label, hint and error. */
export type FieldBinding = { id: string; 'aria-invalid'?: true; 'aria-describedby'?: string }

type Props = {
  label: string
  hint?: ComponentChildren
  error?: string | undefined
  /** Keeps the label for screen readers only. */
  quiet?: boolean
  children: (binding: FieldBinding) => ComponentChildren
}

/** A control with its label above and its error, or else its hint, below. */
export function Field({ label, hint, error, quiet, children }: Props) {
  const id = useId()
  const below = error ?? hint
  const binding: FieldBinding = { id }
  if (error) binding['aria-invalid'] = true
  if (below) binding['aria-describedby'] = `${id}-below`
  return (
    <div class="field">
      <label class={quiet ? 'unseen' : 'field-label'} for={id}>
        {label}
      </label>
      {children(binding)}
      {below && (
        <p id={`${id}-below`} class={error ? 'field-error' : 'field-hint'}>
          {below}
        </p>
      )}
    </div>
  )
}
