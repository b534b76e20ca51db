import { useLayoutEffect } from 'preact/hooks'
import { account, accountError, load } from '../account.ts'
import { explain } from '../api.ts'
import { Blank } from '../parts/blank.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { detour, go, path, route } from '../routes.ts'
import { LoginPage } from './login.tsx'
import { Shell } from './shell.tsx'
import { SignupPage } from './signup.tsx'

/** The console: the page that the path names, or the one that comes before it. */
export function App() {
  const who = account.value
  const away = who === undefined ? undefined : detour(path.value, who !== null)
  useLayoutEffect(() => {
    if (away) void go(away, 'replace')
  }, [away])

  if (accountError.value !== undefined) {
    return (
      <Blank icon="alert" title="ChatDesk did not answer" text={explain(accountError.value)}>
        <button type="button" class="button" onClick={load}>
          Try again
        </button>
      </Blank>
    )
  }
  if (who === undefined || away) return <Blank busy title="Opening ChatDesk…" />
  const at = route.value
  if (at.page === 'login') return <LoginPage next={at.next} />
  if (at.page === 'signup') return <SignupPage next={at.next} />
  // `detour` lets nobody but members past the entrance.
  if (!who) return null
  return (
    <>
      <Shell key={who.member.id} me={who} route={at} />
      <Confirm />
    </>
  )
}
