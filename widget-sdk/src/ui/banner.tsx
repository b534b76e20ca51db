import { useEffect, useState } from 'preact/hooks'
import type { Connection } from '../loader/events.ts'
import { Banner } from '../parts/index.ts'

/** A connection that is made within this time, in ms, is not worth a word. */
const PATIENCE = 1_200

export interface ConnectionBannerProps {
  state: Connection
  /** There is a connection, and something on it waits for the gateway. */
  slow: boolean
  onProbe: () => void
}

/** Says what is wrong with the connection, if that lasts. */
export function ConnectionBanner({ state, slow, onProbe }: ConnectionBannerProps) {
  const [late, setLate] = useState(false)
  const online = useOnline()
  const busy = state === 'connecting' || state === 'reconnecting'
  useEffect(() => {
    setLate(false)
    if (!busy) return
    const timer = setTimeout(() => setLate(true), PATIENCE)
    return () => clearTimeout(timer)
  }, [busy])

  if (state === 'refused') {
    return <Banner tone="danger">Chat is not available here at the moment.</Banner>
  }
  if (!busy) return slow ? <Banner tone="busy">This takes longer than usual. Still trying…</Banner> : null
  if (!online) {
    return <Banner tone="warn">You are offline. What you write is sent when you are back.</Banner>
  }
  if (!late) return null
  return state === 'connecting' ? (
    <Banner tone="busy">Connecting…</Banner>
  ) : (
    <Banner tone="busy" action={{ label: 'Try now', run: onProbe }}>
      Connection lost. Reconnecting…
    </Banner>
  )
}

/** Whether the browser believes that there is a network. */
function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const update = () => setOnline(navigator.onLine)
    addEventListener('online', update)
    addEventListener('offline', update)
    return () => {
      removeEventListener('online', update)
      removeEventListener('offline', update)
    }
  }, [])
  return online
}
