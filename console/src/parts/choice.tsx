import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

type Option<T extends string> = {
  value: T
  label: string
  drawing?: ComponentChildren
  /** How many of them there are. */
  count?: number | undefined
}
type Props<T extends string> = {
  label: string
  /** Keeps the label for screen readers only. */
  quiet?: boolean
  options: readonly Option<T>[]
  value: T
  onChange: (value: T) => void
}

/** One of a few, all in sight: a row of radio buttons that look like one control. */
export function Choice<T extends string>({ label, quiet, options, value, onChange }: Props<T>) {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend class={quiet ? 'unseen' : 'field-label'}>{label}</legend>
      <div class="choice-options">
        {options.map(option => (
          <label key={option.value} class="choice-option">
            <input
              type="radio"
              name={name}
              class="unseen"
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.drawing}
            <span>{option.label}</span>
            {option.count !== undefined && <span class="choice-count">{option.count.toLocaleString()}</span>}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
