import type { Store } from '../client/storage.ts'
import type { ChatView } from './view.ts'

const KEY = 'left'

/** Remembers for as long as the tab lasts that a conversation was begun while nobody was there. */
export function keepLeft(tab: Store, conversation: string, away: ChatView['left']): void {
  if (away) tab.set(KEY, JSON.stringify({ conversation, ...away }))
}

/** Where this conversation is to be answered, if it was begun while nobody was there. */
export function leftIn(tab: Store, conversation: string | undefined): ChatView['left'] {
  try {
    const kept = JSON.parse(tab.get(KEY) ?? 'null')
    if (!conversation || kept?.conversation !== conversation) return undefined
    return { ...(typeof kept.email === 'string' && { email: kept.email }) }
  } catch {
    return undefined
  }
}
