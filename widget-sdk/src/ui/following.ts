import type { Client } from '../client/index.ts'
import { t } from '../words/words.ts'
import { Followed } from './followed.ts'
import type { Shell } from './shell.ts'

/**
 * Where the conversation is kept that the visitor had last: one that ended while nobody looked is there on the next page,
 * with its last words and what is asked at its end, until another begins.
 */
export const LAST = 'last'

/** The conversations of this page: the one that is shown, and those that are open besides. */
export class Following {
  readonly #client: Client
  readonly #shell: Pick<Shell, 'emit' | 'conversation'>
  /** What is shown has changed, or is another one. */
  readonly #changed: () => void
  readonly #all = new Map<string, Followed>()
  #shown: Followed | undefined
  /** What the page was told last; `null` is nothing yet. */
  #open: string | undefined | null = null
  #unread = 0

  constructor(client: Client, shell: Pick<Shell, 'emit' | 'conversation'>, changed: () => void) {
    this.#client = client
    this.#shell = shell
    this.#changed = changed
  }

  /** The one that is shown. */
  get shown(): Followed | undefined {
    return this.#shown
  }

  /** Whether one is shown that is not over. */
  get talking(): boolean {
    return this.#shown !== undefined && !this.#shown.over
  }

  /** How many messages are unread in all of them, as the page was told. */
  get unread(): number {
    return this.#unread
  }

  /** How many messages are unread in those that are not shown. */
  get elsewhere(): number {
    return this.#count(followed => followed !== this.#shown)
  }

  /** Shows a conversation; `over`: it is known to be over. */
  show(conversation: string, over = false): void {
    if (this.#shown?.conversation === conversation) return
    this.#forget(this.#shown)
    const known = this.#all.get(conversation)
    const update = () => this.#update()
    const tell: Shell['emit'] = (name, detail) => this.#shell.emit(name, detail)
    this.#shown = known ?? new Followed(this.#client, conversation, over, tell, update)
    this.#all.set(conversation, this.#shown)
    this.#update()
  }

  /** Shows none; the one that was shown is followed on, unless it is over. */
  leave(): void {
    const shown = this.#shown
    this.#shown = undefined
    this.#forget(shown)
    this.#update()
  }

  /** Nothing is left of a conversation. */
  gone(conversation: string): void {
    this.#all.get(conversation)?.close()
    this.#all.delete(conversation)
    if (this.#shown?.conversation === conversation) this.#shown = undefined
    this.#update()
  }

  /** Follows none any more. */
  close(): void {
    for (const followed of this.#all.values()) followed.close()
    this.#all.clear()
    this.#shown = undefined
    this.#update()
  }

  /** Tells the page which conversation is open, and how much is unread in all that are followed. */
  tell(): void {
    const all = [...this.#all.values()]
    const open = (this.talking ? this.#shown : all.find(({ over }) => !over))?.conversation
    if (this.#open !== open) this.#shell.conversation(open)
    this.#open = open
    const count = this.#count(() => true)
    if (this.#unread !== count) this.#shell.emit('unread', { count }, t('bubble.unread', { count }))
    this.#unread = count
  }

  #count(which: (followed: Followed) => boolean): number {
    const those = [...this.#all.values()].filter(which)
    return those.reduce((sum, { view }) => sum + view.unread, 0)
  }

  #forget(left: Followed | undefined): void {
    if (!left?.over) return
    left.close()
    this.#all.delete(left.conversation)
  }

  #update(): void {
    this.#changed()
    this.tell()
  }
}
