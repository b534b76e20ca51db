import { type Client, RequestError } from '../client/index.ts'
import type { Store } from '../client/storage.ts'
import { keepLeft } from './left.ts'
import { keep, type Opening } from './opening.ts'
import type { Tell } from './told.ts'
import type { ChatView } from './view.ts'

/** What starting a conversation needs of the chat. */
export interface StartingLink {
  client: Client
  /** What lasts as long as the tab. */
  tab: Store
  view(): ChatView
  set(change: Partial<ChatView>): void
  attach(conversation: string): void
  tell: Tell
}

/** Starts a conversation, and says in it what was written for it; the page is told. */
export async function start(link: StartingLink, opening: Opening): Promise<void> {
  const { client, tab, set, tell } = link
  const { answers, department, away } = opening
  keep(tab, opening)
  if (away?.email) tab.set('email', away.email)
  introduce(link)
  set({ starting: true, refused: undefined, waiting: opening.texts, answers })
  try {
    const { conversation } = await client.start({ answers, ...(department && { department }) })
    keepLeft(tab, conversation.conversation, away)
    link.attach(conversation.conversation)
    const { waiting } = link.view()
    for (const text of waiting) client.send(conversation.conversation, { kind: 'text', text })
    keep(tab, undefined)
    tab.remove('greeting')
    set({ starting: false, slow: false, waiting: [], left: away })
    const said = Object.fromEntries(answers.map(({ key, value }) => [key, value]))
    const told = { answers: said, ...(department && { department }) }
    tell('prechat', told)
    if (away) tell('offline', told)
    tell('conversation:start', { conversation: conversation.conversation })
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    const { error: why } = error
    // The client retries what may succeed later; what is left was refused, or the page is going.
    set({ starting: false, slow: false, refused: why })
    if (why.retryable) return
    keep(tab, undefined)
    tell('error', { code: why.code, message: why.text, ...(why.field && { field: why.field }) })
  }
}

/** Says where to answer to, if the visitor told while nobody was there: now, or with the next welcome. */
export async function introduce({ client, tab, view }: StartingLink): Promise<void> {
  const email = tab.get('email')
  if (!email || view().connection !== 'online') return
  try {
    await client.identify({ email })
  } catch (error) {
    if (!(error instanceof RequestError) || error.error.retryable) return
  }
  tab.remove('email')
}
