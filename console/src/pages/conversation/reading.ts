import type { Client, ConversationId } from '@chatdesk/widget/client'
import { useEffect } from 'preact/hooks'

/** Whether somebody can be looking at this page. */
const lookedAt = () => document.visibilityState === 'visible' && document.hasFocus()

/** Tells that everything up to `head` was read, once the newest message is really in front of somebody. */
export function useReading(
  client: Client,
  conversation: ConversationId,
  head: number,
  inSight: boolean,
): void {
  useEffect(() => {
    if (!inSight || head === 0) return
    const tell = () => {
      if (lookedAt()) client.read(conversation, head)
    }
    tell()
    window.addEventListener('focus', tell)
    document.addEventListener('visibilitychange', tell)
    return () => {
      window.removeEventListener('focus', tell)
      document.removeEventListener('visibilitychange', tell)
    }
  }, [client, conversation, head, inSight])
}
