import type { Answer, Department, Form, FormField } from '../client/index.ts'
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

/** The organization's own questions' answers; what only the form of those who are away asks is none of them. */
export function apart(form: Form, answers: readonly Answer[]): { own: Answer[]; email: string | undefined } {
  const asked = ({ key }: Answer) => form.enabled && form.fields.some(field => field.key === key)
  return { own: answers.filter(asked), email: answers.find(answer => !asked(answer))?.value }
}

/** The department that conversations start in without a choice: the page's, or the only one. */
export function settled(departments: readonly Department[], wanted: string | undefined): string | undefined {
  if (wanted && departments.some(({ id }) => id === wanted)) return wanted
  return departments.length === 1 ? departments[0]?.id : undefined
}

/** Says it where a site's developer looks when the page wants a department that there is not. */
export function check(departments: readonly Department[], wanted: string | undefined): void {
  if (!wanted || departments.some(({ id }) => id === wanted)) return
  console.error(`chatdesk: departmentId must be one of this organization's departments, ${wanted} is not`)
}
