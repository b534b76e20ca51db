import type { Client } from '../client/index.ts'
import { type LogStore, type LogView, openLog } from '../state/index.ts'
import { News, type Tell } from './told.ts'
import { resolved } from './view.ts'

/** A conversation that this page follows, and what is told of it. */
export class Followed {
  readonly #client: Client
  readonly #log: LogStore
  readonly #news = new News()
  readonly #tell: Tell
  readonly #changed: () => void
  /** Whether it was over when it was opened: known before its log is. */
  readonly #wasOver: boolean
  #typing = false
  #closed = false

  constructor(client: Client, conversation: string, wasOver: boolean, tell: Tell, changed: () => void) {
    this.#client = client
    this.#wasOver = wasOver
    this.#tell = tell
    this.#changed = changed
    this.#log = openLog(client, conversation)
    this.#log.subscribe(() => this.#update())
  }

  get view(): LogView {
    return this.#log.view
  }

  get conversation(): string {
    return this.view.conversation
  }

  /** Whether it is over, as far as is known. */
  get over(): boolean {
    return this.view.ready ? resolved(this.view) : this.#wasOver
  }

  /** Brings older entries. When that fails the list asks again as it is scrolled, or when the connection is back. */
  older(): void {
    this.#log.older().catch(() => {})
  }

  /** Its end is on the screen: it has been read. */
  read(): void {
    const { ready, head, visitorRead, conversation } = this.view
    if (ready && head > visitorRead) this.#client.read(conversation, head)
  }

  close(): void {
    this.#closed = true
    this.#log.close()
  }

  #update(): void {
    // A log that was left may have a last word on its way.
    if (this.#closed) return
    for (const item of this.#news.since(this.view)) this.#news.tell(item, this.#tell)
    const typist = this.view.typing.find(person => person.kind === 'agent')
    if (this.#typing !== !!typist) {
      this.#typing = !!typist
      this.#tell('typing', { on: this.#typing, ...(typist?.name && { name: typist.name }) })
    }
    this.#changed()
  }
}
