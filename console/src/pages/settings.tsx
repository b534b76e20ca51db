import type { Me, WidgetConfig } from '@chatdesk/widget/client'
import { useCallback, useEffect, useState } from 'preact/hooks'
import * as api from '../api.ts'
import { Blank } from '../parts/blank.tsx'
import { Icon } from '../parts/icon.tsx'
import { BASE } from '../routes.ts'
import { previewAddress } from './settings/address.ts'
import { Appearance } from './settings/appearance.tsx'
import { Behaviour, Messages } from './settings/behaviour.tsx'
import { Departments } from './settings/departments.tsx'
import { Domains } from './settings/domains.tsx'
import { PreChatForm } from './settings/form.tsx'
import { Installation } from './settings/install.tsx'
import { KeptSettings } from './settings/kept.tsx'
import { Preview } from './settings/preview.tsx'
import { SaveBar } from './settings/savebar.tsx'
import { SectionList } from './settings/sectionlist.tsx'
import { useDraft } from './settings/usedraft.ts'

type Props = {
  me: Me
  section: 'widget' | 'data'
  /** Told what was saved. */
  onSaved: (config: WidgetConfig) => void
}

/** The settings: the widget's, or what is kept. */
export function SettingsPage({ me, section, onSaved }: Props) {
  if (section === 'widget') return <WidgetSettings readOnly={me.member.role === 'agent'} onSaved={onSaved} />
  return (
    <div class="settings narrow">
      <Heading section="data" title="Data" lead="What is kept of your visitors, and for how long." />
      <KeptSettings me={me} />
    </div>
  )
}

const SECTIONS = [
  { section: 'widget', path: '/settings', label: 'Widget' },
  { section: 'data', path: '/settings/data', label: 'Data' },
] as const

/** What a page of the settings is, and the way to the others. */
function Heading({ section, title, lead }: { section: Props['section']; title: string; lead: string }) {
  return (
    <header class="settings-head">
      <nav class="settings-tabs" aria-label="Settings">
        {SECTIONS.map(({ section: one, path, label }) => (
          <a key={one} href={BASE + path} aria-current={one === section ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <h1>{title}</h1>
      <p class="settings-lead">{lead}</p>
    </header>
  )
}

/** The widget's settings: loads the document, then lets it be edited. */
function WidgetSettings({ readOnly, onSaved }: { readOnly: boolean; onSaved: Props['onSaved'] }) {
  const [loaded, setLoaded] = useState<WidgetConfig>()
  const [error, setError] = useState<unknown>()
  const load = useCallback(() => {
    setError(undefined)
    api.widget().then(setLoaded, setError)
  }, [])
  useEffect(load, [])

  if (loaded) return <WidgetEditor config={loaded} readOnly={readOnly} onSaved={onSaved} />
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
      <Heading section="widget" title="Widget" lead="How the chat looks and behaves on your site." />
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
