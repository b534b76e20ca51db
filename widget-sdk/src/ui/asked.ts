import type { VisitorWelcome } from '../client/index.ts'
import { complain } from '../loader/events.ts'
import { locale, onWords } from '../words/words.ts'
import type { Calls } from './calls.ts'
import type { Chat } from './chat.ts'
import type { Shell } from './shell.ts'
import type { Trail } from './trail.ts'

/** Who the visitor is, as `get` tells. */
export function who({
  visitor,
  verified = false,
  name,
}: Pick<VisitorWelcome, 'visitor' | 'verified' | 'name'>) {
  return { visitor, verified, name }
}

/** What a page asks of the widget: done by `Calls`, in order, which is loaded with the first of it. */
export class Asked {
  readonly #chat: Chat
  readonly #shell: Shell
  /** Begins by itself, behind the panel: nobody waits for it. */
  #trail: Promise<Trail>
  readonly #follow: () => Promise<Trail>
  readonly #off: (() => void)[]
  #calls: Promise<Calls> | undefined
  #closed = false

  constructor(chat: Chat, shell: Shell) {
    this.#chat = chat
    this.#shell = shell
    const from = location.href
    this.#follow = () => import('./trail.ts').then(({ Trail }) => new Trail(chat.client, from))
    this.#trail = this.#follow()
    this.#trail.catch(() => {})
    this.#off = [
      // Another tab may have said who the visitor is: every welcome tells.
      chat.client.on('welcome', ({ visitor }) => visitor && shell.know(who(visitor))),
      onWords(() => shell.know({ locale: locale() })),
    ]
  }

  /** Does it; rejects with a `ChatDeskError`. */
  call(method: string, args: readonly unknown[]): Promise<unknown> {
    this.#calls ??= this.#load()
    const answer = this.#calls.then(calls => calls.call(method, args))
    // Whoever wants to know has the promise, and the others were told.
    answer.catch(() => {})
    return answer
  }

  close(): void {
    this.#closed = true
    for (const off of this.#off) off()
    this.#trail.then(trail => trail.close()).catch(() => {})
    this.#calls?.then(calls => calls.close()).catch(() => {})
  }

  async #load(): Promise<Calls> {
    try {
      this.#trail = this.#trail.catch(this.#follow)
      const [{ Calls }, trail] = await Promise.all([import('./calls.ts'), this.#trail])
      if (this.#closed) throw new Error('closed')
      return new Calls(this.#chat, this.#shell, trail)
    } catch {
      this.#calls = undefined
      const error = { code: 'unavailable', message: 'what the page asked for could not be loaded' }
      if (!this.#closed) {
        complain(error.message)
        this.#shell.emit('error', error)
      }
      throw Object.assign(new Error(error.message), error)
    }
  }
}
