import type { Answer } from '../client/index.ts'
import type { Slot } from './slot.ts'

/** What a conversation is started with; kept until it is started, so that a reload loses nothing that was said. */
export interface Opening {
  answers: Answer[]
  department?: string
  /** What was written already, to be sent in it. */
  texts: readonly string[]
}

/** A start that was under way when the page went. */
export function unfinished(slot: Slot): Opening | undefined {
  try {
    const opening = JSON.parse(slot.get() || 'null')
    return Array.isArray(opening?.texts) && Array.isArray(opening.answers) ? opening : undefined
  } catch {
    return undefined
  }
}

/** Keeps a start, or forgets it. */
export function keep(slot: Slot, opening: Opening | undefined): void {
  slot.set(opening ? JSON.stringify(opening) : '')
}
