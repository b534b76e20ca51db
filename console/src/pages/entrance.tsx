import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { type FormErrors, formErrors } from '../api.ts'
import { Icon } from '../parts/icon.tsx'
import { Mark } from '../parts/mark.tsx'
import { useTitle } from '../parts/title.ts'

const NO_ERRORS: FormErrors = { fields: {} }

type Props = {
  title: string
  lead: string
  submit: string
  /** Sends the form; what it throws is shown beside the field at fault, or above the button. */
  onSubmit: () => Promise<void>
  /** What a `conflict` means in this form. */
  conflict?: FormErrors
  below: ComponentChildren
  children: (errors: Record<string, string>) => ComponentChildren
}

/** The frame of login and sign-up: a form, and beside it a glimpse of what is behind the door. */
export function Entrance({ title, lead, submit, onSubmit, conflict, below, children }: Props) {
  const [errors, setErrors] = useState(NO_ERRORS)
  const [busy, setBusy] = useState(false)
  const id = useId()
  useTitle(title)

  async function send(event: SubmitEvent) {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    setBusy(true)
    setErrors(NO_ERRORS)
    try {
      await onSubmit()
    } catch (error) {
      const found = formErrors(error, conflict)
      setErrors(found)
      const [field] = Object.keys(found.fields)
      if (field) form.querySelector<HTMLInputElement>(`[name="${CSS.escape(field)}"]`)?.focus()
    } finally {
      setBusy(false)
    }
  }

  return (
    <div class="entrance">
      <main class="entrance-form">
        <form onSubmit={send} aria-labelledby={id} noValidate>
          <p class="entrance-brand">
            <Mark size={36} />
            ChatDesk
          </p>
          <h1 id={id}>{title}</h1>
          <p class="entrance-lead">{lead}</p>
          {children(errors.fields)}
          {errors.form && (
            <p class="callout danger" role="alert">
              <Icon name="alert" />
              {errors.form}
            </p>
          )}
          <button type="submit" class="button primary wide" disabled={busy} aria-busy={busy}>
            {busy ? 'One moment…' : submit}
          </button>
          <p class="entrance-below">{below}</p>
        </form>
      </main>
      <Glimpse />
    </div>
  )
}

function Glimpse() {
  return (
    <div class="glimpse" aria-hidden="true">
      <p class="glimpse-line">Every visitor, one quiet inbox.</p>
      <div class="glimpse-chat">
        <p class="glimpse-in">Hi! Does the walnut desk come in 160 cm?</p>
        <p class="glimpse-out">
          It does, and it ships on Thursday. <span class="glimpse-read">✓✓ Read</span>
        </p>
        <p class="glimpse-in">Lovely, ordering it now.</p>
        <p class="glimpse-typing">
          <span />
          <span />
          <span />
        </p>
      </div>
    </div>
  )
}
