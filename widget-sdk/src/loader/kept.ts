import type { Looks } from '../ui/shell.ts'

/** After how many milliseconds kept looks are asked for again, though nothing else needs the gateway. */
export const LOOKS_AGE = 3_600_000

/** Looks as they are kept. */
interface KeptLooks {
  /** When they came, in ms since 1970. */
  at: number
  /** The page's options that are worked in. */
  by: string | undefined
  looks: Looks
}

/**
 * What the loader keeps in the browser, under one prefix. Storage that is full, blocked or holds something else reads
 * as empty: the widget then forgets between pages, and works.
 */
export class Kept {
  readonly prefix: string

  constructor(widgetKey: string) {
    this.prefix = `chatdesk:${widgetKey}`
  }

  /** The looks that the latest welcome made, if the page's options (`by`) are still those of then. */
  looks(by: string | undefined): KeptLooks | undefined {
    try {
      const kept = JSON.parse(read('localStorage', `${this.prefix}:looks`) ?? 'null')
      // An earlier version's have no rules; what libraries have patched into JSON may make a text of them.
      return kept?.by === by && Array.isArray(kept.looks.rules) ? kept : undefined
    } catch {
      return undefined
    }
  }

  keepLooks(kept: KeptLooks | undefined): void {
    write('localStorage', `${this.prefix}:looks`, kept && JSON.stringify(kept))
  }

  /** Whether a conversation is open in this browser. */
  get resumable(): boolean {
    return read('localStorage', `${this.prefix}:resume`) === '1'
  }

  set resumable(on: boolean) {
    write('localStorage', `${this.prefix}:resume`, on ? '1' : undefined)
  }

  /** Whether the window stands open in this tab; undefined when it was neither opened nor closed yet. */
  get open(): boolean | undefined {
    const text = read('sessionStorage', `${this.prefix}:open`)
    return text === undefined ? undefined : text === '1'
  }

  set open(open: boolean | undefined) {
    write('sessionStorage', `${this.prefix}:open`, open === undefined ? undefined : open ? '1' : '0')
  }
}

/** A text that is the same for the same values; none for what JSON has no words for. */
export function print(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

type Area = 'localStorage' | 'sessionStorage'

function read(area: Area, key: string): string | undefined {
  try {
    return window[area].getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function write(area: Area, key: string, text: string | undefined): void {
  try {
    if (text === undefined) window[area].removeItem(key)
    else window[area].setItem(key, text)
  } catch {
    // Nothing is kept then: see above.
  }
}
