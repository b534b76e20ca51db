import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Answer, Department, Form, WireError } from '../client/index.ts'
import { useSheet } from '../parts/sheet.ts'
import { language, t } from '../words/words.ts'
import { Field } from './field.tsx'
import { answers, DEPARTMENT, type Filled, objection, prefill, problems } from './form.ts'
import css from './question.css?inline'

export interface PrechatProps {
  form: Form
  departments: readonly Department[]
  /** The department is settled: it is not asked for. */
  settled: boolean
  /** What is known of the visitor. */
  given: Filled
  /** The start is under way. */
  busy: boolean
  /** Why the last attempt was refused. */
  refused: WireError | undefined
  /** Nobody is there: what the visitor has to say is asked for as well, unless it was said already. */
  message: boolean
  /** What that begins with, and what it has become. */
  draft: string
  onDraft: (text: string) => void
  onSubmit: (answers: Answer[], department: string | undefined, message: string) => void
}

/** The key of what the visitor has to say; no form field's key has a `/`. */
const MESSAGE = '/message'

/** The questions before a conversation. What is wrong is said beside its field, once the visitor tried to go on. */
export function Prechat(props: PrechatProps) {
  const { form, departments, settled, busy, refused } = props
  const [filled, setFilled] = useState<Filled>(() => ({
    ...prefill(form, props.given),
    [MESSAGE]: props.draft,
  }))
  const [wrong, setWrong] = useState<Filled>({})
  const element = useRef<HTMLFormElement>(null)
  useSheet(element, css)
  /** Whether problems were found just now. */
  const blamed = useRef(false)
  const id = useId()
  const department = {
    key: DEPARTMENT,
    label: t('form.department'),
    kind: 'select' as const,
    required: false,
    options: departments.map(({ name }) => name),
  }
  const message = { key: MESSAGE, label: t('form.message'), kind: 'textarea' as const, required: false }
  const fields = [
    ...(settled || departments.length < 2 ? [] : [department]),
    ...form.fields,
    ...(props.message ? [message] : []),
  ]

  const blame = (found: Filled) => {
    setWrong(found)
    blamed.current = Object.keys(found).length > 0
  }

  useEffect(() => {
    if (refused) blame(objection(refused, form) ?? {})
  }, [refused])

  // What was said to be wrong is said in the language of now.
  useEffect(() => {
    const said: Filled = {
      ...problems({ ...form, fields }, filled),
      ...(refused && objection(refused, form)),
    }
    setWrong(now => Object.fromEntries(Object.entries(now).map(([key, was]) => [key, said[key] ?? was])))
  }, [language()])

  // The first field with a problem gets the focus, so that it is read out and scrolled to; while it is mended it has it.
  useEffect(() => {
    if (blamed.current) element.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    blamed.current = false
  }, [wrong])

  const change = (key: string, value: string) => {
    setFilled(now => ({ ...now, [key]: value }))
    setWrong(({ [key]: _, ...others }) => others)
    if (key === MESSAGE) props.onDraft(value)
  }
  const submit = () => {
    const found = problems({ ...form, fields }, filled)
    blame(found)
    if (busy || Object.keys(found).length > 0) return
    const chosen = departments.find(({ name }) => name === filled[DEPARTMENT])
    props.onSubmit(answers(form, filled), chosen?.id, props.message ? (filled[MESSAGE] ?? '').trim() : '')
  }
  const elsewhere = refused && !objection(refused, form)
  return (
    <form
      class="prechat"
      ref={element}
      noValidate
      onSubmit={event => {
        event.preventDefault()
        submit()
      }}
    >
      {fields.map(field => (
        <Field
          key={field.key}
          id={`${id}${field.key}`}
          field={field}
          value={filled[field.key] ?? ''}
          problem={wrong[field.key]}
          onChange={value => change(field.key, value)}
        />
      ))}
      {elsewhere && (
        <p class="problem" role="alert">
          {refused.code === 'rate_limited' ? t('form.attempts') : t('form.failed')}
        </p>
      )}
      <button type="submit" class="primary" aria-disabled={busy}>
        {busy ? <span class="cd-spinner" aria-hidden="true" /> : null}
        {t(busy ? 'form.starting' : 'form.start')}
      </button>
    </form>
  )
}
