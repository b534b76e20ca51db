import type { Props } from './vnode.ts'

/** These are attributes, though elements have properties of their names: those are read-only, or take other values. */
const ATTRIBUTES = /^(width|height|href|list|form|tabIndex|download|role|popover)$/
/** Set behind the children: a choice must be among those that can be chosen. And visitors change these themselves. */
const LAST = ['value', 'checked']

type Fields = Record<string, unknown>

/** Gives an element what differs from what it was given before. */
export function setProps(element: Element, props: Props, before: Props): void {
  for (const name in { ...before, ...props }) {
    if (name !== 'children' && name !== 'ref' && !LAST.includes(name) && props[name] !== before[name]) {
      set(element, name, props[name], before[name])
    }
  }
}

/** Sets what the visitor may have changed meanwhile, when it is not what it should be: else the caret would jump. */
export function setLast(element: Element, props: Props): void {
  for (const name of LAST) {
    if (props[name] !== undefined && props[name] !== (element as unknown as Fields)[name]) {
      set(element, name, props[name], undefined)
    }
  }
}

function set(element: Element, name: string, value: unknown, before: unknown): void {
  if (name === 'style') setStyle((element as HTMLElement).style, value as Fields, before as Fields)
  else if (/^on[A-Z]/.test(name)) listen(element, name.slice(2).toLowerCase(), value as Handler)
  else if (name in element && !ATTRIBUTES.test(name) && !(element instanceof SVGElement)) {
    ;(element as unknown as Fields)[name] = value ?? ''
  } else if (value == null || (value === false && name[4] !== '-')) element.removeAttribute(name)
  // `aria-…` and `data-…` say false in words.
  else element.setAttribute(name, String(value))
}

function setStyle(style: CSSStyleDeclaration, value: Fields = {}, before: Fields = {}): void {
  for (const name in { ...before, ...value }) {
    const text = String(value[name] ?? '')
    if (name.startsWith('--')) style.setProperty(name, text)
    else (style as unknown as Fields)[name] = text
  }
}

type Handler = ((event: Event) => void) | null | undefined | false

/** Counts the events that handlers were called for. */
let clock = 0
/** What the clock showed when an event came to the first handler. */
const times = new WeakMap<Event, number>()
const listeners = new WeakMap<Element, Listener>()

/** An element's handlers behind one listener, so that another handler costs nothing. */
class Listener {
  readonly by: Record<string, { handler: Handler; since: number }> = {}

  handleEvent(event: Event): void {
    const time = times.get(event) ?? clock++
    times.set(event, time)
    const { handler, since } = this.by[event.type] ?? { since: 0 }
    // Drawing happens while an event is on its way up: who begins to listen only then is not meant by it.
    if (handler && time >= since) handler(event)
  }
}

function listen(element: Element, type: string, handler: Handler): void {
  const listener = listeners.get(element) ?? new Listener()
  listeners.set(element, listener)
  const before = listener.by[type]
  if (!before) element.addEventListener(type, listener)
  listener.by[type] = { handler, since: before?.handler ? before.since : clock }
}
