import { Store } from '../../client/storage.ts'

/** Most emoji that are remembered: three lines. */
const RECENT = 24

/** What is remembered of the emoji that were chosen, for all widgets of a site. */
export interface Kept {
  /** 0: yellow, as they come; 1 to 5 from light to dark. */
  tone: number
  /** The latest first. */
  recent: readonly string[]
}

function storage(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

const store = new Store('chatdesk', storage())

/** What is remembered; what somebody else made of it counts as nothing. */
export function kept(): Kept {
  try {
    const { tone, recent } = JSON.parse(store.get('emoji') ?? '{}')
    return {
      tone: tone >= 1 && tone <= 5 ? Math.floor(tone) : 0,
      recent: Array.isArray(recent) ? recent.filter(one => typeof one === 'string').slice(0, RECENT) : [],
    }
  } catch {
    return { tone: 0, recent: [] }
  }
}

/** Remembers a tone, or an emoji that was chosen. */
export function keep(change: { tone: number } | { chosen: string }): void {
  const { tone, recent } = kept()
  const next =
    'chosen' in change
      ? { tone, recent: [change.chosen, ...recent.filter(one => one !== change.chosen)].slice(0, RECENT) }
      : { tone: change.tone, recent }
  store.set('emoji', JSON.stringify(next))
}
