import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

type Props = {
  label: string
  hint?: ComponentChildren
  checked: boolean
  onChange: (checked: boolean) => void
}

/** Something that is on or off, at once. */
export function Switch({ label, hint, checked, onChange }: Props) {
  const id = useId()
  return (
    <label class="switch" for={id}>
      <span>
        <span class="field-label">{label}</span>
        {hint && (
          <span id={`${id}-hint`} class="field-hint">
            {hint}
          </span>
        )}
      </span>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
        onChange={event => onChange(event.currentTarget.checked)}
      />
    </label>
  )
}
