import type { Department, Form, FormField } from '../client/index.ts'
import { t } from '../words/words.ts'

/** A form that asks for an e-mail address, whatever else it asks. */
export function withEmail({ enabled, fields }: Form): Form {
  const asked = enabled ? fields : []
  const required = asked.map(field => (field.kind === 'email' ? { ...field, required: true } : field))
  const email: FormField = { key: 'email', label: t('form.address'), kind: 'email', required: true }
  return { enabled: true, fields: asked.some(({ kind }) => kind === 'email') ? required : [...asked, email] }
}

/** Whether the visitor is asked anything before a conversation starts. */
export function asks(form: Form, departments: readonly Department[], chosen: string | undefined): boolean {
  return form.enabled && (form.fields.length > 0 || (departments.length > 1 && !chosen))
}
