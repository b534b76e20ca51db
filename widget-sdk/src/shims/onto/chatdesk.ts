import type { Attributes, ChatDesk, EventName, Events, Profile, State } from '../../api.ts'
import type { Command } from '../../loader.ts'

/** Something that another product's call was given, whatever it is. */
export type Anything = Record<string, unknown>

/** Passes a call on. Until the widget's own script is there it is kept, as by the snippet. */
export function chatdesk(...call: [string, ...unknown[]]): unknown {
  const page = window as { chatdesk?: ChatDesk | Command }
  if (!page.chatdesk) {
    const q: unknown[][] = []
    page.chatdesk = Object.assign(
      (...args: unknown[]) => {
        q.push(args)
      },
      { q },
    )
  }
  return (page.chatdesk as Command)(...call)
}

/** Calls back at each such event; returns what ends that. */
export function on<Name extends EventName>(name: Name, listener: (detail: Events[Name]) => void): () => void {
  chatdesk('on', name, listener)
  return () => chatdesk('off', name, listener)
}

/** One thing of what the widget knows; undefined until it is there. */
export function get<Name extends keyof State>(name: Name): State[Name] | undefined {
  return chatdesk('get', name) as State[Name] | undefined
}

/** For calls that answer with a callback: `done()`, or `done(error)`. */
export function report(answer: unknown, done: unknown): void {
  if (typeof done !== 'function') return
  Promise.resolve(answer).then(
    () => done(),
    error => done(error),
  )
}

const said = new Set<string>()

/** Says, once, that a call has nothing here that it could mean. */
export function cannot(what: string): void {
  if (said.has(what)) return
  said.add(what)
  console.warn(`chatdesk: ${what} has no equivalent here and does nothing`)
}

/** Of what is to be noted, that which can be: plain values; `of` names the call, for what is left out. */
export function plain(of: string, given: unknown): Attributes {
  const entries = Object.entries((given ?? {}) as Anything).filter(([name, value]) => {
    const is = value === null || /^(?:string|number|boolean)$/.test(typeof value)
    if (!is && value !== undefined) cannot(`${of}: ${name}, which is no text, number, true or false,`)
    return is
  })
  return Object.fromEntries(entries) as Attributes
}

/** Splits what is said of somebody into a profile's fields, by what the other product calls them, and the rest. */
export function split(
  given: Attributes,
  names: Record<string, string>,
): { known: Record<string, string>; rest: Attributes } {
  const known: Record<string, string> = {}
  const rest: Attributes = {}
  for (const [name, value] of Object.entries(given)) {
    const ours = Object.hasOwn(names, name) && names[name]
    if (ours && value !== null && value !== '') known[ours] = String(value)
    else if (!ours) rest[name] = value
  }
  return { known, rest }
}

/** A profile of fields and attributes; undefined when there is nothing in it. */
export function profile(known: Record<string, string>, rest: Attributes): Profile | undefined {
  const attributes = Object.keys(rest).length > 0 && { attributes: rest }
  return attributes || Object.keys(known).length > 0 ? { ...known, ...attributes } : undefined
}

const TAGS = 'chatdesk:shim:tags'

function kept(): string[] {
  try {
    const tags = JSON.parse(localStorage.getItem(TAGS) ?? '[]')
    return Array.isArray(tags) ? tags.map(String) : []
  } catch {
    return []
  }
}

/** Adds and removes tags, which the widget itself only replaces; they are remembered over pages. */
export function tag(add: unknown, remove: unknown = [], replace = false): unknown {
  const list = (given: unknown) => (Array.isArray(given) ? given : [given]).map(String)
  const gone = list(remove)
  const tags = [...new Set([...(replace ? [] : kept()), ...list(add)])].filter(one => !gone.includes(one))
  try {
    localStorage.setItem(TAGS, JSON.stringify(tags))
  } catch {
    // Remembered by the gateway, then, until the next call.
  }
  return chatdesk('setTags', tags)
}
