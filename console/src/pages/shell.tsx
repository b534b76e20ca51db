import type { ConnectionState, Me } from '@chatdesk/widget/client'
import { Avatar, Banner } from '@chatdesk/widget/parts'
import { useEffect, useState } from 'preact/hooks'
import { leave } from '../account.ts'
import { explain } from '../api.ts'
import { type Live, LiveContext, useConnection } from '../live.ts'
import { ROLE_NAMES } from '../names.ts'
import { Blank } from '../parts/blank.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Mark } from '../parts/mark.tsx'
import { Menu } from '../parts/menu.tsx'
import { useTitle } from '../parts/title.ts'
import { BASE, type Route } from '../routes.ts'
import { unreadLabel } from './inbox/unread.ts'
import { InboxPage } from './inbox.tsx'
import { Organizations } from './organizations.tsx'
import { SettingsPage } from './settings.tsx'

const CONNECTION: Record<ConnectionState, string> = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  online: 'Connected',
  reconnecting: 'Reconnecting…',
  closed: 'Disconnected',
}

/** Everything behind the login: the rail, the state of the connection, and the page. */
export function Shell({ me, route }: { me: Me; route: Route }) {
  const live = useConnection(me)
  const unread = unreadLabel(live.open.view.value)
  const page = route.page === 'settings' ? 'Settings' : route.page === 'inbox' ? 'Inbox' : 'Not found'
  useTitle(page, unread)
  return (
    <LiveContext.Provider value={live}>
      <div
        class={route.page === 'inbox' && (route.conversation ?? route.visitor) ? 'shell talking' : 'shell'}
      >
        <Rail me={me} live={live} here={route.page} unread={unread} />
        <main class="shell-page">
          <ConnectionBanner live={live} />
          {route.page === 'inbox' && <InboxPage me={me} {...route} />}
          {route.page === 'settings' && (
            <SettingsPage
              me={me}
              section={route.section}
              onSaved={({ departments }) => {
                live.departments.value = departments
              }}
            />
          )}
          {route.page === 'lost' && (
            <Blank icon="quiet" title="There is nothing here" text="The address may be old, or mistyped.">
              <a class="button" href={`${BASE}/`}>
                To the inbox
              </a>
            </Blank>
          )}
        </main>
      </div>
    </LiveContext.Provider>
  )
}

type RailProps = { me: Me; live: Live; here: Route['page']; unread: string }

function Rail({ me, live, here, unread }: RailProps) {
  return (
    <nav class="rail" aria-label="Main">
      <span class="rail-mark">
        <Mark size={34} />
      </span>
      <RailLink to="/" icon="inbox" label="Inbox" current={here === 'inbox'} count={unread} />
      <RailLink to="/settings" icon="settings" label="Settings" current={here === 'settings'} />
      <MemberMenu me={me} state={live.state.value} />
    </nav>
  )
}

type RailLinkProps = { to: string; icon: IconName; label: string; current: boolean; count?: string }

function RailLink({ to, icon, label, current, count }: RailLinkProps) {
  return (
    <a class="rail-link" href={BASE + to} aria-current={current ? 'page' : undefined}>
      <Icon name={icon} size={22} />
      {label}
      {count && (
        <span class="rail-count">
          {count}
          <span class="unseen"> unread</span>
        </span>
      )}
    </a>
  )
}

function MemberMenu({ me, state }: { me: Me; state: ConnectionState }) {
  const { member, organization, organizations } = me
  const [error, setError] = useState<unknown>()
  return (
    <Menu
      label={`${member.name}, ${CONNECTION[state]}`}
      face={<Avatar id={member.id} name={member.name} online={state === 'online'} />}
    >
      <p class="menu-name">{member.name}</p>
      <p class="menu-line">{member.email}</p>
      <p class="menu-line">
        {ROLE_NAMES[member.role]} · {organization.name}
      </p>
      <p class="menu-state" data-state={state}>
        {CONNECTION[state]}
      </p>
      {organizations.length > 1 && (
        <Organizations all={organizations} current={organization.id} onFailed={setError} />
      )}
      {error !== undefined && (
        <p class="field-error" role="alert">
          {explain(error)}
        </p>
      )}
      <button type="button" class="menu-item" onClick={() => leave().catch(setError)}>
        <Icon name="leave" size={18} />
        Log out
      </button>
    </Menu>
  )
}

/** After how long a first connection that does not come is worth a word, in milliseconds. */
const SLOW_MS = 4_000

/** Says so when what is on the screen is not live, and what becomes of what one writes. */
function ConnectionBanner({ live }: { live: Live }) {
  const state = live.state.value
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    setSlow(false)
    if (state !== 'connecting') return
    const timer = setTimeout(() => setSlow(true), SLOW_MS)
    return () => clearTimeout(timer)
  }, [state])
  if (state === 'connecting' && slow) {
    return <Banner tone="busy">Still connecting. A proxy or firewall may be holding WebSockets back.</Banner>
  }
  if (state === 'reconnecting') {
    return (
      <Banner tone="warn" action={{ label: 'Try now', run: () => live.client.probe() }}>
        Connection lost. Reconnecting… What you write is kept and sent when it is back.
      </Banner>
    )
  }
  if (state === 'closed') {
    return (
      <Banner tone="danger" action={{ label: 'Connect again', run: () => live.client.connect() }}>
        ChatDesk ended this connection{live.refusal.value?.reason ? `: ${live.refusal.value.reason}` : ''}.
      </Banner>
    )
  }
  return null
}
