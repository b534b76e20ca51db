import { useState } from 'preact/hooks'
import type { FieldBinding } from './field.tsx'

type Props = {
  binding: FieldBinding
  name: string
  autocomplete: 'current-password' | 'new-password'
  value: string
  onInput: (value: string) => void
}

/** A password's input, with a button that shows what was typed. */
export function PasswordInput({ binding, name, autocomplete, value, onInput }: Props) {
  const [shown, show] = useState(false)
  return (
    <div class="input-group">
      <input
        {...binding}
        class="input"
        name={name}
        {...(shown ? { type: 'text' } : { type: 'password' })}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        required
        value={value}
        onInput={event => onInput(event.currentTarget.value)}
      />
      <button type="button" class="input-aside" aria-pressed={shown} onClick={() => show(!shown)}>
        {shown ? 'Hide' : 'Show'}
        <span class="unseen"> password</span>
      </button>
    </div>
  )
}
