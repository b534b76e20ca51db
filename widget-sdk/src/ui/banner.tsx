import { useEffect, useState } from 'preact/hooks'
import type { Connection } from '../loader/events.ts'
import { Banner } from '../parts/index.ts'
import { t } from '../words/words.ts'

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
    return <Banner tone="danger">{t('banner.refused')}</Banner>
  }
  if (!busy) return slow ? <Banner tone="busy">{t('banner.slow')}</Banner> : null
  if (!online) {
    return <Banner tone="warn">{t('banner.offline')}</Banner>
  }
  if (!late) return null
  return state === 'connecting' ? (
    <Banner tone="busy">{t('banner.connecting')}</Banner>
  ) : (
    <Banner tone="busy" action={{ label: t('banner.retry'), run: onProbe }}>
      {t('banner.lost')}
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
