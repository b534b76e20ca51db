/** Every event that a page may listen to, and what its listeners get. */
export interface Events {
  /** The widget is drawn on the page. */
  ready: Record<string, never>
  /** Something failed in a way that the page's owner may want to know. */
  error: { code: string; message: string; field?: string }
  open: Record<string, never>
  close: Record<string, never>
  /** How many of the agents' messages the visitor has not seen. */
  unread: { count: number }
  /** A message of either side, once it is there for good (own) or has arrived (theirs). */
  message: Message
  /** The visitor's message is stored. */
  'message:sent': Message
  /** An agent's message arrived. */
  'message:received': Message
  /** An agent started or stopped typing. */
  typing: { on: boolean; name?: string }
  /** Whether anybody is there to answer. */
  status: { online: boolean }
  connection: { state: Connection }
  /** The pre-chat form was sent and taken. */
  prechat: { answers: Record<string, string>; department?: string }
  'conversation:start': { conversation: string }
}

/** A message as the page is told of it. */
export interface Message {
  conversation: string
  /** The entry's id. */
  id: string
  from: 'visitor' | 'agent'
  /** The sender's name, when it is known. */
  name?: string
  /** What it says; of a file, its name. */
  text: string
  /** The file, if it is one: its length in bytes, and its media type. */
  attachment?: { name: string; size: number; type: string }
  /** When the gateway took it, in ms since 1970. */
  at: number
}

/** How the socket stands. `refused`: the gateway does not want this page, and there will be no new attempt. */
export type Connection = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'refused'

export type EventName = keyof Events
/** A page's listener. */
export type Listener = (detail: unknown) => void

const NAMES: EventName[] = [
  'ready',
  'error',
  'open',
  'close',
  'unread',
  'message',
  'message:sent',
  'message:received',
  'typing',
  'status',
  'connection',
  'prechat',
  'conversation:start',
]

/** Says what went wrong where a site's developer looks for it. */
export function complain(what: string): void {
  console.error(`chatdesk: ${what}`)
}

function known(name: unknown): name is EventName {
  const is = NAMES.includes(name as EventName)
  if (!is) complain(`there is no event ${JSON.stringify(name)}: there are ${NAMES.join(', ')}`)
  return is
}

function callable(name: EventName, listener: unknown): listener is Listener {
  const is = typeof listener === 'function'
  if (!is) complain(`the listener for ${name} must be a function`)
  return is
}

/** The page's listeners. A listener that throws is told of in the console and stops nobody else. */
export class Emitter {
  /** By event: who listens, and whether for once only. */
  #listeners = new Map<string, Map<Listener, boolean>>()
  #ready = false

  /** Adds a listener; one for `ready` that comes late is called at once. Repeats are ignored. */
  on(name: unknown, listener: unknown): void {
    this.#add(name, listener, false)
  }

  /** Adds a listener that is called once. */
  once(name: unknown, listener: unknown): void {
    this.#add(name, listener, true)
  }

  /** Takes a listener away, or all of an event's when none is given. */
  off(name: unknown, listener?: unknown): void {
    const those = this.#listeners.get(String(name))
    if (listener === undefined) those?.clear()
    else those?.delete(listener as Listener)
  }

  /** Calls an event's listeners. */
  emit<Name extends EventName>(name: Name, detail: Events[Name]): void {
    if (name === 'ready') this.#ready = true
    const those = this.#listeners.get(name)
    for (const [listener, once] of [...(those ?? [])]) {
      if (once) those?.delete(listener)
      this.#call(listener, detail)
    }
  }

  /** The next `ready` has not been yet: the widget was taken off the page. */
  rewind(): void {
    this.#ready = false
  }

  #add(name: unknown, listener: unknown, once: boolean): void {
    if (!known(name) || !callable(name, listener)) return
    const late = name === 'ready' && this.#ready
    const those = this.#listeners.get(name) ?? new Map()
    this.#listeners.set(name, those)
    if (!(late && once)) those.set(listener, once && those.get(listener) !== false)
    if (late) this.#call(listener, {})
  }

  #call(listener: Listener, detail: unknown): void {
    try {
      listener(detail)
    } catch (error) {
      console.error('chatdesk: a listener threw', error)
    }
  }
}
