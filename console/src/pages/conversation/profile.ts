import {
  type Client,
  RequestError,
  type VisitorId,
  type VisitorProfile,
  type WireError,
} from '@chatdesk/widget/client'
import { useEffect, useState } from 'preact/hooks'

/** What is known of a visitor, or why that is not known. */
export type Known = { profile?: VisitorProfile; error?: WireError; again: () => void }

/** Asks for all that is known of a visitor, again after each reconnect and whenever `mark` is another. */
export function useProfile(client: Client, visitor: VisitorId, mark?: string): Known {
  const [known, setKnown] = useState<Omit<Known, 'again'>>({})
  const [tries, setTries] = useState(0)
  useEffect(() => {
    let wanted = true
    const ask = () =>
      client.request('profile', { visitor }).then(
        profile => wanted && setKnown({ profile }),
        (error: unknown) => {
          if (!(error instanceof RequestError)) throw error
          // Without a connection the next welcome asks again.
          if (wanted && client.state === 'online')
            setKnown(({ profile }) => ({ ...(profile && { profile }), error: error.error }))
        },
      )
    void ask()
    const off = client.on('welcome', () => void ask())
    return () => {
      wanted = false
      off()
    }
  }, [client, visitor, mark, tries])
  return { ...known, again: () => setTries(tries + 1) }
}
