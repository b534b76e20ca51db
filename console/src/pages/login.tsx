import { useState } from 'preact/hooks'
import { enter } from '../account.ts'
import * as api from '../api.ts'
import { Field } from '../parts/field.tsx'
import { PasswordInput } from '../parts/password.tsx'
import { BASE } from '../routes.ts'
import { Entrance } from './entrance.tsx'

/** Logs a member in. Whoever shows pages sees them logged in and takes them to where they came from. */
export function LoginPage({ next }: { next?: string | undefined }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')

  return (
    <Entrance
      title="Log in"
      lead="Welcome back. Your conversations are waiting."
      submit="Log in"
      onSubmit={async () => enter(await api.login({ email: email.trim(), password }))}
      below={
        <>
          New to ChatDesk?{' '}
          <a href={`${BASE}/signup${next ? `?next=${encodeURIComponent(next)}` : ''}`}>Sign up</a>
        </>
      }
    >
      {errors => (
        <>
          <Field label="E-mail" error={errors.email}>
            {binding => (
              <input
                {...binding}
                class="input"
                name="email"
                type="email"
                autocomplete="username"
                autofocus
                required
                value={email}
                onInput={event => setEmail(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Password" error={errors.password}>
            {binding => (
              <PasswordInput
                binding={binding}
                name="password"
                autocomplete="current-password"
                value={password}
                onInput={setPassword}
              />
            )}
          </Field>
        </>
      )}
    </Entrance>
  )
}
