import { FORM_FIELDS, type FormFieldKind } from '@chatdesk/widget/client'
import { useRef } from 'preact/hooks'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { RowButtons } from '../../parts/rowbuttons.tsx'
import { Switch } from '../../parts/switch.tsx'
import { errorAt, type FieldRow, fieldsOf, moved, newRow } from './draft.ts'
import { Section, type SectionProps } from './section.tsx'

const KINDS: Record<FormFieldKind, string> = {
  text: 'One line',
  textarea: 'Several lines',
  email: 'E-mail',
  phone: 'Phone',
  select: 'Choice',
  checkbox: 'Checkbox',
}

/** What can be added with one click. The keys here also fill in who the visitor is, so they are given, not derived. */
const PRESETS: readonly Omit<FieldRow, 'row'>[] = [
  { key: 'name', label: 'Name', kind: 'text', required: true, options: '' },
  { key: 'email', label: 'E-mail', kind: 'email', required: true, options: '' },
  { key: 'phone', label: 'Phone', kind: 'phone', required: false, options: '' },
]

const FILLS_IN: Record<string, string> = {
  name: 'Fills in the visitor’s name.',
  email: 'Fills in the visitor’s e-mail address.',
  phone: 'Fills in the visitor’s phone number.',
}

/** What visitors are asked before a conversation. */
export function PreChatForm({ draft, errors, change }: SectionProps) {
  const { fields } = draft
  const list = useRef<HTMLOListElement>(null)
  const set = (fields: FieldRow[]) => change({ fields })
  const keys = fieldsOf(fields).map(({ key }) => key)

  function add(field: Omit<FieldRow, 'row'>) {
    set([...fields, { ...field, row: newRow() }])
    // After the row was drawn.
    requestAnimationFrame(() => list.current?.querySelector<HTMLInputElement>('li:last-child input')?.focus())
  }

  return (
    <Section id="form" lead="What visitors are asked before a conversation.">
      <Switch
        label="Ask before the chat"
        checked={draft.formEnabled}
        onChange={formEnabled => change({ formEnabled })}
      />
      {fields.length > 0 && (
        <ol class="rows" ref={list}>
          {fields.map((field, i) => (
            <li key={field.row} class="row tall">
              <FormFieldEditor
                field={field}
                index={i}
                note={FILLS_IN[keys[i] ?? ''] ?? `Answers are kept as ${keys[i]}.`}
                labelError={
                  errorAt(errors, `form.fields[${i}].label`) ?? errorAt(errors, `form.fields[${i}].key`)
                }
                optionsError={errorAt(errors, `form.fields[${i}].options`)}
                onChange={part => set(fields.map(old => (old.row === field.row ? { ...old, ...part } : old)))}
              />
              <RowButtons
                label={field.label || `field ${i + 1}`}
                index={i}
                count={fields.length}
                onMove={to => set(moved(fields, i, to))}
                onRemove={() => set(fields.filter(old => old.row !== field.row))}
              />
            </li>
          ))}
        </ol>
      )}
      {errors['form.fields'] && <p class="field-error">{errors['form.fields']}</p>}
      <fieldset class="presets" disabled={fields.length >= FORM_FIELDS}>
        <legend class="unseen">Add a field</legend>
        {PRESETS.filter(({ key }) => !keys.includes(key ?? '')).map(preset => (
          <button key={preset.key} type="button" class="button small" onClick={() => add(preset)}>
            <Icon name="plus" size={16} />
            {preset.label}
          </button>
        ))}
        <button
          type="button"
          class="button small"
          onClick={() => add({ label: '', kind: 'text', required: false, options: '' })}
        >
          <Icon name="plus" size={16} />
          Another field
        </button>
      </fieldset>
    </Section>
  )
}

type EditorProps = {
  field: FieldRow
  index: number
  note: string
  labelError: string | undefined
  optionsError: string | undefined
  onChange: (part: Partial<FieldRow>) => void
}

function FormFieldEditor({ field, index, note, labelError, optionsError, onChange }: EditorProps) {
  return (
    <div class="form-field">
      <Field label={`Label of field ${index + 1}`} quiet error={labelError} hint={note}>
        {binding => (
          <input
            {...binding}
            class="input"
            value={field.label}
            placeholder="Order number"
            onInput={event => onChange({ label: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={`Kind of field ${index + 1}`} quiet>
        {binding => (
          <select
            {...binding}
            class="input"
            value={field.kind}
            onChange={event => onChange({ kind: event.currentTarget.value as FormFieldKind })}
          >
            {Object.entries(KINDS).map(([kind, label]) => (
              <option key={kind} value={kind}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <label class="tick">
        <input
          type="checkbox"
          checked={field.required}
          onChange={event => onChange({ required: event.currentTarget.checked })}
        />
        Required
      </label>
      {field.kind === 'select' && (
        <div class="form-options">
          <Field label={`Options of field ${index + 1}, one a line`} error={optionsError}>
            {binding => (
              <textarea
                {...binding}
                class="input"
                rows={3}
                value={field.options}
                onInput={event => onChange({ options: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
      )}
    </div>
  )
}
