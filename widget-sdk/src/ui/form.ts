import type { Answer, Form, FormField, WireError } from '../client/index.ts'
import { t } from '../words/words.ts'

/** The gateway's bounds, in bytes of UTF-8. */
const ANSWER_BYTES = 2_000
const EMAIL_BYTES = 200

/** The key under which the choice of a department is kept among the answers; no form field's key has a `/`. */
export const DEPARTMENT = '/department'

/** What the visitor has filled in, or what is wrong with it: by field key, or by `DEPARTMENT`. */
export type Filled = Record<string, string>

const bytes = (text: string) => new TextEncoder().encode(text).length

function email(value: string): boolean {
  const [local = '', domain = '', ...rest] = value.split('@')
  const label = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?$/u
  const labels = domain.split('.')
  return (
    rest.length === 0 &&
    /^[^\s<>",;]+$/u.test(local) &&
    labels.length > 1 &&
    labels.every(part => label.test(part))
  )
}

/** What is wrong with an answer, as the gateway would find it but in words for whoever filled it in. */
export function problem(field: FormField, given: string): string | undefined {
  const value = given.trim()
  if (value === '' || (field.kind === 'checkbox' && value === 'false')) {
    if (!field.required) return undefined
    if (field.kind === 'checkbox') return t('form.tick')
    return t(field.kind === 'select' ? 'form.select' : 'form.required')
  }
  if (bytes(value) > (field.kind === 'email' ? EMAIL_BYTES : ANSWER_BYTES)) return t('form.long')
  if (field.kind === 'email' && !email(value)) return t('form.email')
  if (field.kind === 'phone' && !(/^[\d+\-()./ ]+$/.test(value) && (value.match(/\d/g)?.length ?? 0) >= 3)) {
    return t('form.phone')
  }
  if (field.kind === 'select' && !field.options?.includes(value)) return t('form.option')
  return undefined
}

/** What is wrong with each field; empty when the form may be sent. */
export function problems(form: Form, filled: Filled): Filled {
  return Object.fromEntries(
    form.fields.flatMap(field => {
      const wrong = problem(field, filled[field.key] ?? '')
      return wrong ? [[field.key, wrong]] : []
    }),
  )
}

/** What a form is filled in with beforehand: of what is known, what fits it. */
export function prefill(form: Form, known: Filled): Filled {
  return Object.fromEntries(
    form.fields.flatMap(({ key, kind, options }) => {
      const value = known[key]
      return value !== undefined && (kind !== 'select' || options?.includes(value)) ? [[key, value]] : []
    }),
  )
}

/** The answers to send, in the form's order and without the empty ones. */
export function answers(form: Form, filled: Filled): Answer[] {
  return form.fields.flatMap(({ key }) => {
    const value = (filled[key] ?? '').trim().replaceAll('\0', '')
    return value === '' ? [] : [{ key, value }]
  })
}

/** The gateway's objection to one of the fields, to be shown beside it; undefined when it is about none of them. */
export function objection(error: WireError, form: Form): Filled | undefined {
  const { field = '' } = error
  if (field === 'department') return { [DEPARTMENT]: t('form.gone') }
  const key = field.replace(/^answers\./, '')
  if (key === field || !form.fields.some(known => known.key === key)) return undefined
  return { [key]: t('form.objection') }
}
