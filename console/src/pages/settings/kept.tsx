import type { Me } from '@chatdesk/widget/client'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { expire } from '../../account.ts'
import * as api from '../../api.ts'
import { Blank } from '../../parts/blank.tsx'
import { Icon } from '../../parts/icon.tsx'
import { TypedConfirm } from '../../parts/typedconfirm.tsx'
import { RetentionForm } from './retentionform.tsx'
import { SearchLanguage } from './searchlanguage.tsx'

/** What is kept of visitors and for how long, how it is searched, and how to end it all. */
export function KeptSettings({ me }: { me: Me }) {
  const { role } = me.member
  return (
    <div class="settings-sections">
      {role === 'agent' ? (
        <p class="callout">
          <Icon name="lock" />
          Only owners and admins decide what is kept.
        </p>
      ) : (
        <>
          <LoadedRetention />
          <SearchLanguage />
        </>
      )}
      {role === 'owner' && <Deletion name={me.organization.name} />}
    </div>
  )
}

function LoadedRetention() {
  const [loaded, setLoaded] = useState<api.Retention>()
  const [error, setError] = useState<unknown>()
  const load = useCallback(() => {
    setError(undefined)
    api.retention().then(setLoaded, setError)
  }, [])
  useEffect(load, [])
  if (loaded) return <RetentionForm loaded={loaded} />
  if (error === undefined) return <Blank busy title="Loading what is kept…" />
  return (
    <Blank icon="alert" title="This did not load" text={api.explain(error)}>
      <button type="button" class="button" onClick={load}>
        Try again
      </button>
    </Blank>
  )
}

function Deletion({ name }: { name: string }) {
  const [asking, setAsking] = useState(false)
  return (
    <section class="card" aria-labelledby="deletion-title">
      <header>
        <h2 id="deletion-title">Delete the organization</h2>
        <p class="card-lead">
          The widget goes from your sites at once, and nobody can log in any more. Then all conversations,
          contacts, files and members of {name} are erased. This cannot be undone.
        </p>
      </header>
      <button type="button" class="button danger-line start" onClick={() => setAsking(true)}>
        <Icon name="trash" size={18} />
        Delete {name}…
      </button>
      {asking && (
        <TypedConfirm
          title={`Delete ${name}?`}
          text="Everybody is logged out, and everything that is kept here is erased."
          expected={name}
          yes="Delete for good"
          onClose={() => setAsking(false)}
          onYes={async () => {
            await api.deleteOrganization(name)
            expire()
          }}
        />
      )}
    </section>
  )
}
