import type { Store } from '../client/storage.ts'
import { t } from '../words/words.ts'
import type { Chat } from './chat.ts'

const MUTED = 'muted'

/** Says that a message has come to whoever is not looking: with a sound, and by the tab's title. */
export class Bell {
  readonly #chat: Chat
  readonly #kept: Store
  #unread = 0

  /** `kept` is what all tabs have in common. */
  constructor(chat: Chat, kept: Store) {
    this.#chat = chat
    this.#kept = kept
  }

  /** Whether the visitor wants no sound. */
  get muted(): boolean {
    return this.#kept.get(MUTED) !== undefined
  }

  set muted(muted: boolean) {
    if (muted) this.#kept.set(MUTED, '1')
    else this.#kept.remove(MUTED)
  }

  /** A message arrived. */
  async received(id: string): Promise<void> {
    const { open, settings } = this.#chat.view
    const looking = open && document.visibilityState === 'visible' && document.hasFocus()
    if (settings.sounds && !this.muted) (await notice())?.ring(id, looking)
  }

  /** So many are unread now. */
  async unread(count: number): Promise<void> {
    const more = count > this.#unread
    this.#unread = count
    if (document.visibilityState === 'visible' || (!more && count > 0)) return
    ;(await notice())?.blink(this.#unread > 0 ? t('notice.title', { count: this.#unread }) : undefined)
  }
}

/** Loaded with the first message; without it there is neither sound nor title. */
const notice = () => import('./notice.ts').catch(() => undefined)
