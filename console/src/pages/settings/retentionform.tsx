import { useState } from 'preact/hooks'
import * as api from '../../api.ts'
import { confirm } from '../../parts/confirm.tsx'
import { Field } from '../../parts/field.tsx'
import { type Days, daysOf, keepsLess, RETENTION_FIELDS, retentionOf } from './retention.ts'
import { SaveBar } from './savebar.tsx'
import { focusFirstError, useUnsaved } from './unsaved.ts'

const ERASES = {
  title: 'Keep it for less long?',
  text: 'What is older already is erased for good, within the next minutes.',
  yes: 'Save and erase',
  no: 'Not yet',
  danger: true,
}

/** For how long what is kept. */
export function RetentionForm({ loaded }: { loaded: api.Retention }) {
  const [base, setBase] = useState(loaded)
  const [days, setDays] = useState(() => daysOf(loaded))
  const [errors, setErrors] = useState<Partial<Days>>({})
  const [failure, setFailure] = useState<string>()
  const [phase, setPhase] = useState<'editing' | 'saving' | 'saved'>('editing')
  const dirty = JSON.stringify(days) !== JSON.stringify(daysOf(base))

  useUnsaved(dirty, 'Your changes to what is kept have not been saved.')

  function change(days: Days) {
    setDays(days)
    setErrors({})
    setFailure(undefined)
    setPhase('editing')
  }

  function fail(errors: Partial<Days>, failure: string) {
    setErrors(errors)
    setFailure(failure)
    setPhase('editing')
    focusFirstError()
  }

  async function save() {
    if (phase === 'saving') return
    const checked = retentionOf(days)
    if ('errors' in checked) return fail(checked.errors, 'Mend what is marked in red.')
    if (keepsLess(checked.retention, base) && !(await confirm(ERASES))) return
    setPhase('saving')
    setFailure(undefined)
    try {
      const stored = await api.saveRetention(checked.retention)
      setBase(stored)
      setDays(daysOf(stored))
      setPhase('saved')
    } catch (error) {
      const { fields, form } = api.formErrors(error)
      fail(fields, form ?? 'Mend what is marked in red.')
    }
  }

  return (
    <form
      class="settings-sections"
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void save()
      }}
    >
      <section class="card" aria-labelledby="retention-title">
        <header>
          <h2 id="retention-title">How long it is kept</h2>
          <p class="card-lead">What is older is erased by itself. An empty field keeps it for good.</p>
        </header>
        <fieldset class="plain-fieldset" disabled={phase === 'saving'}>
          <legend class="unseen">Days</legend>
          {RETENTION_FIELDS.map(({ name, label, hint }) => (
            <Field key={name} label={label} hint={hint} error={errors[name]}>
              {binding => (
                <span class="days">
                  <input
                    {...binding}
                    class="input short"
                    inputMode="numeric"
                    autocomplete="off"
                    placeholder="For good"
                    value={days[name]}
                    onInput={event => change({ ...days, [name]: event.currentTarget.value })}
                  />
                  <span aria-hidden="true">days</span>
                </span>
              )}
            </Field>
          ))}
        </fieldset>
      </section>
      <SaveBar
        editing={{
          dirty,
          saving: phase === 'saving',
          saved: phase === 'saved',
          failure,
          discard: () => change(daysOf(base)),
        }}
      />
    </form>
  )
}
