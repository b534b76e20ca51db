import type { Answer } from '../client/index.ts'
import type { Store } from '../client/storage.ts'

/** What a conversation is started with; kept until it is started, so that a reload loses nothing that was said. */
export interface Opening {
  answers: Answer[]
  department?: string
  /** What was written already, to be sent in it. */
  texts: readonly string[]
  /** Nobody was there to answer: where to, if the visitor has said. */
  away?: { email?: string }
}

const KEY = 'opening'

/** A start that was under way when the page went. */
export function unfinished(tab: Store): Opening | undefined {
  try {
    const opening = JSON.parse(tab.get(KEY) ?? 'null')
    return Array.isArray(opening?.texts) && Array.isArray(opening.answers) ? opening : undefined
  } catch {
    return undefined
  }
}

/** Keeps a start, or forgets it. */
export function keep(tab: Store, opening: Opening | undefined): void {
  if (opening) tab.set(KEY, JSON.stringify(opening))
  else tab.remove(KEY)
}
