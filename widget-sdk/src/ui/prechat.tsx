import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Answer, Department, Form, WireError } from '../client/index.ts'
import { t } from '../words/words.ts'
import { Field } from './field.tsx'
import { answers, DEPARTMENT, type Filled, objection, prefill, problems } from './form.ts'

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
  onSubmit: (answers: Answer[], department: string | undefined) => void
}

/** The questions before a conversation. What is wrong is said beside its field, once the visitor tried to go on. */
export function Prechat(props: PrechatProps) {
  const { form, departments, settled, busy, refused } = props
  const [filled, setFilled] = useState(() => prefill(form, props.given))
  const [wrong, setWrong] = useState<Filled>({})
  const element = useRef<HTMLFormElement>(null)
  const id = useId()
  const department = {
    key: DEPARTMENT,
    label: t('form.department'),
    kind: 'select' as const,
    required: false,
    options: departments.map(({ name }) => name),
  }

  useEffect(() => {
    if (refused) setWrong(objection(refused, form) ?? {})
  }, [refused, form])

  // The first field with a problem gets the focus, so that it is read out and scrolled to.
  useEffect(() => {
    if (Object.keys(wrong).length > 0)
      element.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [wrong])

  const change = (key: string, value: string) => {
    setFilled(now => ({ ...now, [key]: value }))
    setWrong(({ [key]: _, ...others }) => others)
  }
  const submit = () => {
    const found = problems(form, filled)
    setWrong(found)
    if (busy || Object.keys(found).length > 0) return
    const chosen = departments.find(({ name }) => name === filled[DEPARTMENT])
    props.onSubmit(answers(form, filled), chosen?.id)
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
      {[...(settled || departments.length < 2 ? [] : [department]), ...form.fields].map(field => (
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
