// The settings' document while somebody edits it, and back. Rows carry an id of their own, so that a row keeps its
// inputs and its focus while it moves.

import {
  AUTO_OPEN_DELAY_SECONDS,
  type Department,
  FIELD_OPTIONS,
  type FormField,
  type FormFieldKind,
  GREETING_BYTES,
  type WidgetConfig,
  type WidgetSettings,
} from '@chatdesk/widget/client'
import { deriveKey } from './key.ts'

/** A department's row. */
export type DepartmentRow = Department & { row: string }
/** A form field's row. Its key is there once the field was saved: answers are kept under it, whatever the label. */
export type FieldRow = {
  row: string
  key?: string
  label: string
  kind: FormFieldKind
  required: boolean
  /** One option a line. */
  options: string
}

/** The document as the page edits it. */
export type Draft = {
  enabled: boolean
  settings: Omit<WidgetSettings, 'auto_open_delay'>
  /** In seconds, as typed. */
  delay: string
  domains: string[]
  departments: DepartmentRow[]
  formEnabled: boolean
  fields: FieldRow[]
}

/** Texts by the path of the field at fault, as the gateway writes paths: `form.fields[0].label`. */
export type Errors = Record<string, string>

let rows = 0
/** A new row's id. */
export const newRow = () => `row-${++rows}`

/** Opens a document for editing. */
export function draftOf({ enabled, settings, allowed_domains, departments, form }: WidgetConfig): Draft {
  const { auto_open_delay, ...rest } = settings
  return {
    enabled,
    settings: rest,
    delay: String(auto_open_delay),
    domains: allowed_domains,
    departments: departments.map(department => ({ ...department, row: newRow() })),
    formEnabled: form.enabled,
    fields: form.fields.map(({ options = [], ...field }) => ({
      ...field,
      row: newRow(),
      options: options.join('\n'),
    })),
  }
}

/** The document to save. Fields that have no key yet get one from their label. */
export function documentOf(draft: Draft, widgetKey: string): WidgetConfig {
  return {
    widget_key: widgetKey,
    enabled: draft.enabled,
    settings: { ...draft.settings, auto_open_delay: Number(draft.delay) },
    allowed_domains: draft.domains,
    departments: draft.departments.map(({ id, name }) => ({ ...(id ? { id } : {}), name: name.trim() })),
    form: { enabled: draft.formEnabled, fields: fieldsOf(draft.fields) },
  }
}

/** The form's fields as they would be saved. */
export function fieldsOf(fields: readonly FieldRow[]): FormField[] {
  const taken = new Set(fields.flatMap(({ key }) => key ?? []))
  return fields.map(field => {
    const key = field.key ?? deriveKey(field.label, taken)
    taken.add(key)
    const options = field.kind === 'select' ? { options: optionsOf(field.options) } : {}
    return { key, label: field.label.trim(), kind: field.kind, required: field.required, ...options }
  })
}

/** Each line's option, blank lines and repetitions left out. */
export function optionsOf(text: string): string[] {
  return [...new Set(text.split('\n').map(line => line.trim()))].filter(Boolean)
}

/** Whether the two would be saved as the same document. */
export function sameDocument(a: Draft, b: Draft): boolean {
  return JSON.stringify(documentOf(a, '')) === JSON.stringify(documentOf(b, ''))
}

/** What can be told to be wrong before asking the gateway. */
export function check(draft: Draft): Errors {
  const errors: Errors = {}
  if (!/^#[0-9a-f]{6}$/i.test(draft.settings.primary_color)) {
    errors['settings.primary_color'] = 'Use a colour such as #3B82F6.'
  }
  for (const name of ['greeting_message', 'offline_message'] as const) {
    if (new TextEncoder().encode(draft.settings[name]).length > GREETING_BYTES) {
      errors[`settings.${name}`] = `Use at most ${GREETING_BYTES.toLocaleString('en')} characters.`
    }
  }
  if (!/^\d+$/.test(draft.delay.trim()) || Number(draft.delay) > AUTO_OPEN_DELAY_SECONDS) {
    errors['settings.auto_open_delay'] = `Use a whole number from 0 to ${AUTO_OPEN_DELAY_SECONDS}.`
  }
  const names = new Set<string>()
  for (const [i, { name }] of draft.departments.entries()) {
    const plain = name.trim().toLowerCase()
    if (!plain) errors[`departments[${i}].name`] = 'Give the department a name.'
    else if (names.has(plain)) errors[`departments[${i}].name`] = 'Another department has this name.'
    names.add(plain)
  }
  for (const [i, { label, kind, options }] of draft.fields.entries()) {
    if (!label.trim()) errors[`form.fields[${i}].label`] = 'Give the field a label.'
    if (kind !== 'select') continue
    const count = optionsOf(options).length
    if (count === 0) errors[`form.fields[${i}].options`] = 'Give at least one option.'
    if (count > FIELD_OPTIONS) errors[`form.fields[${i}].options`] = `Give at most ${FIELD_OPTIONS} options.`
  }
  return errors
}

/** The error of a field or of a part of it: `…options[3]` belongs to the control that edits `…options`. */
export function errorAt(errors: Errors, path: string): string | undefined {
  if (errors[path]) return errors[path]
  const inside = Object.keys(errors).find(key => key.startsWith(`${path}[`) || key.startsWith(`${path}.`))
  return inside && errors[inside]
}

/** A list with the item at `from` moved to `to`. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list]
  next.splice(to, 0, ...next.splice(from, 1))
  return next
}
