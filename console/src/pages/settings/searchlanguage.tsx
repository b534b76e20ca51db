import { SEARCH_LANGUAGES } from '@chatdesk/widget/client'
import { useEffect, useState } from 'preact/hooks'
import * as api from '../../api.ts'
import { Field } from '../../parts/field.tsx'

/** The language that conversations are searched with. */
export function SearchLanguage() {
  const [stored, setStored] = useState<string>()
  const [chosen, setChosen] = useState<string>()
  const [phase, setPhase] = useState<'loading' | 'ready' | 'saving' | 'saved'>('loading')
  const [failure, setFailure] = useState<string>()

  async function load() {
    setFailure(undefined)
    setPhase('loading')
    try {
      const { language } = await api.searchSettings()
      setStored(language)
      setChosen(language)
      setPhase('ready')
    } catch (error) {
      setFailure(api.explain(error))
    }
  }
  useEffect(() => void load(), [])

  async function save() {
    if (chosen === undefined || phase === 'saving') return
    setPhase('saving')
    setFailure(undefined)
    try {
      const { language } = await api.saveSearchSettings({ language: chosen })
      setStored(language)
      setChosen(language)
      setPhase('saved')
    } catch (error) {
      const { fields, form } = api.formErrors(error)
      setFailure(fields.language ?? form)
      setPhase('ready')
    }
  }

  return (
    <section class="card" aria-labelledby="search-language-title">
      <header>
        <h2 id="search-language-title">Search</h2>
        <p class="card-lead">
          Words are found in all their forms, in one language, and as they stand in any.
        </p>
      </header>
      {stored === undefined ? (
        <Loading failure={failure} retry={load} />
      ) : (
        <form
          class="search-language"
          onSubmit={event => {
            event.preventDefault()
            void save()
          }}
        >
          <Field label="Language of your conversations" error={failure}>
            {binding => (
              <select
                {...binding}
                class="input"
                value={chosen}
                disabled={phase === 'saving'}
                onChange={event => {
                  setChosen(event.currentTarget.value)
                  setFailure(undefined)
                  setPhase('ready')
                }}
              >
                {SEARCH_LANGUAGES.map(name => (
                  <option key={name} value={name}>
                    {languageName(name)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <p role="status" class="field-hint">
            {phase === 'saved' && 'Saved. Words are being read again; search may miss some for a while.'}
          </p>
          <button
            type="submit"
            class="button start"
            disabled={chosen === stored || phase === 'saving'}
            aria-busy={phase === 'saving'}
          >
            {phase === 'saving' ? 'Saving…' : 'Save language'}
          </button>
        </form>
      )}
    </section>
  )
}

function Loading({ failure, retry }: { failure: string | undefined; retry: () => Promise<void> }) {
  if (failure === undefined) return <p class="field-hint">Loading…</p>
  return (
    <>
      <p role="alert" class="field-error">
        {failure}
      </p>
      <button type="button" class="button start" onClick={() => void retry()}>
        Try again
      </button>
    </>
  )
}

function languageName(name: string): string {
  if (name === 'simple') return 'Several, or another: words as they stand'
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}
