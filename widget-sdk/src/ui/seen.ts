import type { Followed } from './followed.ts'

/** After how many milliseconds it is looked again whether what is unread can be seen by now. */
const LOOK_MS = 1_000

/** What is on the screen has been read: the newest message of a conversation, in an open window that can be seen. */
export class Seen {
  /** Whether an open window can be seen: whoever draws it knows. */
  inSight = () => true
  readonly #shown: () => Followed | undefined
  readonly #open: () => boolean
  #endInSight = true
  #look: ReturnType<typeof setTimeout> | undefined

  /** `shown`: the conversation in the window; `open`: whether that is. */
  constructor(shown: () => Followed | undefined, open: () => boolean) {
    this.#shown = shown
    this.#open = open
    document.addEventListener('visibilitychange', this.see)
  }

  /** The newest message came into sight, or went out of it. */
  end = (inSight: boolean): void => {
    this.#endInSight = inSight
    this.see()
  }

  /** Something changed that reading depends on. */
  see = (): void => {
    clearTimeout(this.#look)
    const shown = this.#shown()
    if (!shown || !this.#open() || !this.#endInSight || document.visibilityState !== 'visible') return
    if (this.inSight()) shown.read()
    // What covers the window does not tell when it goes.
    else if (shown.view.unread > 0) this.#look = setTimeout(this.see, LOOK_MS)
  }

  close(): void {
    clearTimeout(this.#look)
    document.removeEventListener('visibilitychange', this.see)
  }
}
