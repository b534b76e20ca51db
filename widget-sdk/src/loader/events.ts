import type { EventName, Events } from '../api.ts'

export type { Connection, EventName, Events, Message } from '../api.ts'

/** What is kept of a listener: what it takes depends on its event. */
type Heard = (detail: unknown) => void

const NAMES: readonly string[] = (
  'ready error open close unread message message:sent message:received typing status connection agent:join agent:leave ' +
  'prechat offline rating conversation:start conversation:end identify'
).split(' ')

/** Says what went wrong where a site's developer looks for it. */
export function complain(what: string): void {
  console.error(`chatdesk: ${what}`)
}

/** The page's listeners. A listener that throws is told of in the console and stops nobody else. */
export class Emitter {
  /** By event: who listens, and whether for once only. */
  #listeners: Record<string, Map<Heard, boolean>> = Object.create(null)
  #ready = false

  /** Adds a listener, for once only or for good; one for `ready` that comes late is called at once. */
  on(name: unknown, listener: unknown, once: boolean): void {
    if (!NAMES.includes(name as string)) {
      complain(`there is no event ${JSON.stringify(name)}: there are ${NAMES.join(', ')}`)
    } else if (typeof listener !== 'function') complain(`the listener for ${name} must be a function`)
    else this.#add(name as string, listener as Heard, once)
  }

  /** Takes a listener away, or all of an event's when none is given. */
  off(name: unknown, listener?: unknown): void {
    const those = this.#listeners[name as string]
    if (listener === undefined) those?.clear()
    else those?.delete(listener as Heard)
  }

  /** Calls an event's listeners. */
  emit<Name extends EventName>(name: Name, detail: Events[Name]): void {
    if (name === 'ready') this.#ready = true
    const those = this.#listeners[name]
    for (const [listener, once] of [...(those ?? [])]) {
      if (once) those?.delete(listener)
      this.#call(listener, detail)
    }
  }

  /** The next `ready` has not been yet: the widget was taken off the page. */
  rewind(): void {
    this.#ready = false
  }

  #add(name: string, listener: Heard, once: boolean): void {
    const late = name === 'ready' && this.#ready
    this.#listeners[name] ??= new Map()
    const those = this.#listeners[name]
    if (!(late && once)) those?.set(listener, once && those.get(listener) !== false)
    if (late) this.#call(listener, {})
  }

  #call(listener: Heard, detail: unknown): void {
    try {
      listener(detail)
    } catch (error) {
      console.error('chatdesk: a listener threw', error)
    }
  }
}
