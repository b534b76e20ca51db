import type { Chat } from '../chat.ts'
import { End } from './end.tsx'
import type { Place } from './offer.ts'
import { Transcript } from './transcript.tsx'

export interface AskProps {
  place: Place
  chat: Chat
  /** The visitor's address, if it is known. */
  email: string
  onClose: () => void
}

/** What the menu's choices about a conversation ask before they do it. */
export function Ask({ place, chat, email, onClose }: AskProps) {
  const conversation = chat.view.log?.conversation
  if (!conversation) return null
  if (place === 'end') return <End onEnd={() => chat.end()} onClose={onClose} />
  const ask = (address: string) => chat.client.request('transcript', { conversation, email: address })
  return <Transcript email={email} ask={ask} onClose={onClose} />
}
