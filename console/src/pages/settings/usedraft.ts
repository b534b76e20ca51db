import type { WidgetConfig } from '@chatdesk/widget/client'
import { useState } from 'preact/hooks'
import * as api from '../../api.ts'
import { check, type Draft, documentOf, draftOf, type Errors, sameDocument } from './draft.ts'
import { focusFirstError, useUnsaved } from './unsaved.ts'

/** The document in the middle of being edited. */
export type Editing = {
  draft: Draft
  /** Texts by the path of the field at fault. */
  errors: Errors
  /** What went wrong with saving as a whole. */
  failure: string | undefined
  dirty: boolean
  saving: boolean
  /** Whether the last thing that happened was a save that worked. */
  saved: boolean
  /** How many saves worked. */
  saves: number
  change: (change: Partial<Draft>) => void
  discard: () => void
  save: () => Promise<void>
}

/** Edits the document, saves it, and holds the page back while there are changes. */
export function useDraft(config: WidgetConfig, onSaved: (config: WidgetConfig) => void): Editing {
  const [base, setBase] = useState(() => draftOf(config))
  const [draft, setDraft] = useState(base)
  const [errors, setErrors] = useState<Errors>({})
  const [failure, setFailure] = useState<string>()
  const [phase, setPhase] = useState<'editing' | 'saving' | 'saved'>('editing')
  const [saves, setSaves] = useState(0)
  const dirty = draft !== base && !sameDocument(draft, base)

  useUnsaved(dirty, 'Your changes to the widget have not been saved.')

  function fail(errors: Errors, failure: string) {
    setErrors(errors)
    setFailure(failure)
    setPhase('editing')
    focusFirstError()
  }

  async function save() {
    if (phase === 'saving') return
    const found = check(draft)
    const count = Object.keys(found).length
    if (count > 0) return fail(found, `Mend the ${count === 1 ? 'field' : `${count} fields`} marked in red.`)
    setPhase('saving')
    setErrors({})
    setFailure(undefined)
    try {
      const stored = await api.saveWidget(documentOf(draft, config.widget_key))
      const next = draftOf(stored)
      onSaved(stored)
      setBase(next)
      setDraft(next)
      setPhase('saved')
      setSaves(saves => saves + 1)
    } catch (error) {
      const { fields, form } = api.formErrors(error)
      fail(fields, form ?? 'Mend the field marked in red.')
    }
  }

  return {
    draft,
    errors,
    failure,
    dirty,
    saving: phase === 'saving',
    saved: phase === 'saved',
    saves,
    change: change => {
      setDraft(draft => ({ ...draft, ...change }))
      setPhase('editing')
      setErrors({})
      setFailure(undefined)
    },
    discard: () => {
      setDraft(base)
      setPhase('editing')
      setErrors({})
      setFailure(undefined)
    },
    save,
  }
}
