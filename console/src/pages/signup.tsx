import { PASSWORD_CHARS_MIN, type Signup } from '@chatdesk/widget/client'
import { useState } from 'preact/hooks'
import { enter } from '../account.ts'
import type { FormErrors } from '../api.ts'
import * as api from '../api.ts'
import { Field } from '../parts/field.tsx'
import { PasswordInput } from '../parts/password.tsx'
import { BASE } from '../routes.ts'
import { Entrance } from './entrance.tsx'

const LINES = [
  { name: 'organization', label: 'Organization', autocomplete: 'organization', type: 'text' },
  { name: 'name', label: 'Your name', autocomplete: 'name', type: 'text' },
  { name: 'email', label: 'E-mail', autocomplete: 'username', type: 'email' },
] as const

const TAKEN: FormErrors = { fields: { email: 'There is an account with this address. Log in instead.' } }

/** Makes an organization and its owner, and logs them in. */
export function SignupPage({ next }: { next?: string | undefined }) {
  const [form, setForm] = useState<Signup>({ organization: '', name: '', email: '', password: '' })
  const set = (change: Partial<Signup>) => setForm(form => ({ ...form, ...change }))

  return (
    <Entrance
      title="Create your account"
      lead="A chat bubble on your site in a few minutes."
      submit="Create account"
      conflict={TAKEN}
      onSubmit={async () => enter(await api.signup({ ...form, email: form.email.trim() }))}
      below={
        <>
          Already have an account?{' '}
          <a href={`${BASE}/login${next ? `?next=${encodeURIComponent(next)}` : ''}`}>Log in</a>
        </>
      }
    >
      {errors => (
        <>
          {LINES.map(({ name, label, autocomplete, type }, i) => (
            <Field key={name} label={label} error={errors[name]}>
              {binding => (
                <input
                  {...binding}
                  class="input"
                  name={name}
                  {...(type === 'email' ? { type } : { type })}
                  autocomplete={autocomplete}
                  autofocus={i === 0}
                  required
                  value={form[name]}
                  onInput={event => set({ [name]: event.currentTarget.value })}
                />
              )}
            </Field>
          ))}
          <Field label="Password" hint={`At least ${PASSWORD_CHARS_MIN} characters.`} error={errors.password}>
            {binding => (
              <PasswordInput
                binding={binding}
                name="password"
                autocomplete="new-password"
                value={form.password}
                onInput={password => set({ password })}
              />
            )}
          </Field>
        </>
      )}
    </Entrance>
  )
}
