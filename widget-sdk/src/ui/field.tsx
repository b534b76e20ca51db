import type { FormField } from '../client/index.ts'
import { t } from '../words/words.ts'

const AUTOCOMPLETE: Record<string, 'name' | 'email' | 'tel'> = { name: 'name', email: 'email', phone: 'tel' }

export interface FieldProps {
  id: string
  field: FormField
  value: string
  problem: string | undefined
  onChange: (value: string) => void
}

/** A question with its label, mark and problem. */
export function Field({ id, field, value, problem, onChange }: FieldProps) {
  const { kind, label, required, key } = field
  const problemId = `${id}-problem`
  const shared = {
    id,
    name: key,
    'aria-required': required,
    'aria-invalid': problem !== undefined,
    'aria-describedby': problem && problemId,
  }
  const input = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value)
  const line = {
    ...shared,
    autocomplete: AUTOCOMPLETE[key] ?? ('off' as const),
    value,
    onInput: input,
    dir: 'auto' as const,
  }
  const mark = required && (
    <span class="mark" aria-hidden="true">
      {' '}
      *
    </span>
  )
  return (
    <div class={problem ? 'question wrong' : 'question'}>
      {kind === 'checkbox' ? (
        <label class="tick">
          <input
            {...shared}
            type="checkbox"
            checked={value === 'true'}
            onChange={event => onChange(String(event.currentTarget.checked))}
          />
          <span dir="auto">
            {label}
            {mark}
          </span>
        </label>
      ) : (
        <label for={id} dir="auto">
          {label}
          {mark}
        </label>
      )}
      {kind === 'textarea' && <textarea {...shared} rows={3} value={value} onInput={input} dir="auto" />}
      {kind === 'select' && (
        <select {...shared} value={value} onChange={input}>
          <option value="">{t('form.choose')}</option>
          {field.options?.map(option => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      )}
      {kind === 'text' && <input {...line} type="text" />}
      {kind === 'email' && <input {...line} type="email" />}
      {kind === 'phone' && <input {...line} type="tel" />}
      {problem && (
        <p class="problem" id={problemId}>
          {problem}
        </p>
      )}
    </div>
  )
}
