import type { Role, WidgetConfig } from '@chatdesk/widget/client'
import { useCallback, useEffect, useState } from 'preact/hooks'
import * as api from '../api.ts'
import { Blank } from '../parts/blank.tsx'
import { Icon } from '../parts/icon.tsx'
import { previewAddress } from './settings/address.ts'
import { Appearance } from './settings/appearance.tsx'
import { Behaviour, Messages } from './settings/behaviour.tsx'
import { Departments } from './settings/departments.tsx'
import { Domains } from './settings/domains.tsx'
import { PreChatForm } from './settings/form.tsx'
import { Installation } from './settings/install.tsx'
import { Preview } from './settings/preview.tsx'
import { SaveBar } from './settings/savebar.tsx'
import { SectionList } from './settings/sectionlist.tsx'
import { useDraft } from './settings/usedraft.ts'

type Props = {
  role: Role
  /** Told what was saved. */
  onSaved: (config: WidgetConfig) => void
}

/** The widget's settings: loads the document, then lets it be edited. */
export function SettingsPage({ role, onSaved }: Props) {
  const [loaded, setLoaded] = useState<WidgetConfig>()
  const [error, setError] = useState<unknown>()
  const load = useCallback(() => {
    setError(undefined)
    api.widget().then(setLoaded, setError)
  }, [])
  useEffect(load, [])

  if (loaded) return <WidgetEditor config={loaded} readOnly={role === 'agent'} onSaved={onSaved} />
  if (error === undefined) return <Blank busy title="Loading the settings…" />
  return (
    <Blank icon="alert" title="The settings did not load" text={api.explain(error)}>
      <button type="button" class="button" onClick={load}>
        Try again
      </button>
    </Blank>
  )
}

type EditorProps = { config: WidgetConfig; readOnly: boolean; onSaved: Props['onSaved'] }

function WidgetEditor({ config, readOnly, onSaved }: EditorProps) {
  const editing = useDraft(config, onSaved)
  const { draft, errors, change } = editing
  const section = { draft, errors, change }
  return (
    <div class="settings">
      <header class="settings-head">
        <h1>Widget</h1>
        <p class="settings-lead">How the chat looks and behaves on your site.</p>
      </header>
      <SectionList errors={errors} />
      <form
        class="settings-sections"
        noValidate
        onSubmit={event => {
          event.preventDefault()
          void editing.save()
        }}
      >
        {readOnly && (
          <p class="callout">
            <Icon name="lock" />
            Only owners and admins can change these settings.
          </p>
        )}
        <Installation widgetKey={config.widget_key} />
        <fieldset class="plain-fieldset" disabled={readOnly || editing.saving}>
          <legend class="unseen">Settings</legend>
          <Appearance {...section} />
          <Messages {...section} />
          <Behaviour {...section} />
          <Departments {...section} />
          <PreChatForm {...section} />
          <Domains {...section} />
        </fieldset>
        <SaveBar editing={editing} />
      </form>
      <Preview address={previewAddress(config.widget_key, draft, editing.saves)} />
    </div>
  )
}
