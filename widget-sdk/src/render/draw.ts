import type { EffectCallback } from 'preact/hooks'
import { setLast, setProps } from './props.ts'
import { type Component, type VNode, vnodes } from './vnode.ts'

/** What stands where a description was drawn. */
export interface Drawn {
  vnode: VNode
  readonly parent: Drawn | undefined
  /** How many are above it. */
  readonly depth: number
  /** An element's or a text's own node. */
  node: Element | Text | undefined
  /** What is drawn in it. What is not to be seen has its place here too. */
  kids: (Drawn | undefined)[]
  /** A component's hooks, in the order that it calls them in. */
  readonly hooks: Hook[]
  /** What its hooks want done once it is drawn. */
  effects: Effect[]
  /** Its state changed. */
  dirty: boolean
  gone: boolean
}

/** What an effect leaves to be called before it runs again, or nothing. */
type Cleanup = ReturnType<EffectCallback>

/** What a hook keeps from one drawing to the next. */
export interface Hook {
  value?: unknown
  deps?: readonly unknown[] | undefined
  cleanup?: Cleanup
}

/** Something that a component wants done once it is drawn. */
export interface Effect {
  hook: Hook
  run: () => Cleanup
  deps: readonly unknown[] | undefined
  /** Not before the page was painted. */
  late: boolean
  drawn: Drawn
}

type Ref = { current: unknown } | ((node: unknown) => void) | null | undefined

const SVG = 'http://www.w3.org/2000/svg'

/** The component that is called just now, and how many hooks it has called. */
export const now: { drawn: Drawn | undefined; hooks: number } = { drawn: undefined, hooks: 0 }

/** Components whose state changed. */
const waiting = new Set<Drawn>()
let awaited = false
/** What is to be done behind a drawing. */
let refs: (() => void)[] = []
let effects: Effect[] = []
let lateEffects: Effect[] = []

const roots = new WeakMap<Element, Drawn>()

/** Draws into an element; nothing (`null`) takes away what was drawn there. */
export function render(content: unknown, into: Element): void {
  runLate()
  const root = roots.get(into) ?? make({ type: '', props: {}, key: undefined })
  roots.set(into, root)
  root.node = into
  fill(root, () => content)
  arrange(root)
  commit()
}

/** Has a component drawn again: soon, with all others whose state changes in the same turn. */
export function redraw(drawn: Drawn): void {
  drawn.dirty = true
  waiting.add(drawn)
  if (!awaited) queueMicrotask(flush)
  awaited = true
}

/** Draws what waits for it, from the outside in. */
function flush(): void {
  awaited = false
  runLate()
  const due = [...waiting].sort((a, b) => a.depth - b.depth)
  waiting.clear()
  for (const drawn of due) {
    // Some were drawn with what is around them, or went with it.
    if (!drawn.dirty || drawn.gone) continue
    compose(drawn)
    arrange(around(drawn))
  }
  commit()
}

/** Brings all to rest at once: for tests. */
export function settle(): void {
  while (waiting.size > 0 || lateEffects.length > 0) flush()
}

function make(vnode: VNode, parent?: Drawn): Drawn {
  const depth = parent ? parent.depth + 1 : 0
  return {
    vnode,
    parent,
    depth,
    node: undefined,
    kids: [],
    hooks: [],
    effects: [],
    dirty: false,
    gone: false,
  }
}

/** The element that something stands in, or that it is. */
function around(drawn: Drawn): Drawn {
  return drawn.node || !drawn.parent ? drawn : around(drawn.parent)
}

function draw(vnode: VNode, old: Drawn | undefined, parent: Drawn): Drawn {
  // The very same description: it looks as before, but for what changes by itself and has its own turn.
  if (old?.vnode === vnode && !old.dirty) return old
  const drawn = old ?? make(vnode, parent)
  const { props: before } = old?.vnode ?? { props: {} }
  drawn.vnode = vnode
  if (typeof vnode.type === 'function') compose(drawn)
  else if (vnode.type) attempt(() => drawElement(drawn, vnode.type as string, before))
  else {
    const text = String(vnode.props.text)
    drawn.node ??= document.createTextNode(text)
    if (drawn.node.textContent !== text) drawn.node.textContent = text
  }
  return drawn
}

function drawElement(drawn: Drawn, type: string, before: VNode['props']): void {
  const { props } = drawn.vnode
  const outside = around(drawn.parent as Drawn).node as Element
  drawn.node ??= document.createElementNS(type === 'svg' ? SVG : outside.namespaceURI, type)
  const element = drawn.node as Element
  setProps(element, props, before)
  fill(drawn, () => props.children)
  arrange(drawn)
  setLast(element, props)
  if (props.ref !== before.ref) {
    setRef(before.ref as Ref, null)
    refs.push(() => setRef(props.ref as Ref, element))
  }
}

/** Calls a component and draws what it gives. */
function compose(drawn: Drawn): void {
  const { type, props } = drawn.vnode
  drawn.dirty = false
  drawn.effects = []
  const drew = fill(drawn, () => {
    const outer = { ...now }
    Object.assign(now, { drawn, hooks: 0 })
    try {
      return (type as Component)(props)
    } finally {
      Object.assign(now, outer)
    }
  })
  if (!drew) return
  // Only now, so that what stands inside comes first.
  for (const effect of drawn.effects) (effect.late ? lateEffects : effects).push(effect)
}

/** Draws what is to be in something. If that cannot be told, what was there stays as it is. */
function fill(drawn: Drawn, content: () => unknown): boolean {
  let wanted: (VNode | undefined)[]
  try {
    wanted = vnodes(content())
  } catch (error) {
    reportError(error)
    return false
  }
  const nameOf = (vnode: VNode | undefined, index: number) => vnode?.key ?? `#${index}`
  const named = new Map(drawn.kids.map((kid, index) => [nameOf(kid?.vnode, index), kid]))
  const left = new Set(drawn.kids)
  const kept = wanted.map((vnode, index) => {
    const old = named.get(nameOf(vnode, index))
    return old?.vnode.type === vnode?.type && left.delete(old) ? old : undefined
  })
  for (const kid of left) if (kid) remove(kid, true)
  drawn.kids = wanted.map((vnode, index) => vnode && draw(vnode, kept[index], drawn))
  return true
}

/** Takes something out: with its node, unless one around it goes. */
function remove(drawn: Drawn, withNode: boolean): void {
  drawn.gone = true
  for (const hook of drawn.hooks) attempt(() => hook.cleanup?.())
  // To a component, `ref` is like any other of its props.
  if (drawn.node) setRef(drawn.vnode.props.ref as Ref, null)
  for (const kid of drawn.kids) if (kid) remove(kid, withNode && !drawn.node)
  if (withNode) (drawn.node as ChildNode | undefined)?.remove()
}

/** Brings an element's nodes into order, moving as few as need be: a node that moves loses focus and scroll. */
function arrange({ node: parent, kids }: Drawn): void {
  const element = parent as Element & { moveBefore?: Element['insertBefore'] }
  let at = element.firstChild
  for (const node of nodes(kids)) {
    // What stands between has its place further on.
    if (at && at !== node && at.nextSibling === node) at = node
    if (at === node) at = node.nextSibling
    else if (element.moveBefore && node.parentNode === element) element.moveBefore(node, at)
    else element.insertBefore(node, at)
  }
}

function nodes(kids: Drawn['kids']): ChildNode[] {
  return kids.flatMap(kid => (kid ? (kid.node ?? nodes(kid.kids)) : []))
}

function commit(): void {
  const due = effects
  const set = refs
  effects = []
  refs = []
  for (const apply of set) apply()
  run(due)
  // A task of its own: a listener that an effect adds is not to hear of the event that led to it.
  if (lateEffects.length > 0) setTimeout(runLate)
}

function runLate(): void {
  const due = lateEffects
  lateEffects = []
  run(due)
}

function run(due: Effect[]): void {
  const left = due.filter(({ drawn }) => !drawn.gone)
  for (const { hook } of left) attempt(() => hook.cleanup?.())
  for (const { hook, run, deps } of left) {
    hook.deps = deps
    hook.cleanup = undefined
    attempt(() => {
      hook.cleanup = run()
    })
  }
}

/** What goes wrong in one place keeps nothing else from being done. */
function attempt(step: () => void): void {
  try {
    step()
  } catch (error) {
    reportError(error)
  }
}

function setRef(ref: Ref, node: unknown): void {
  if (typeof ref === 'function') attempt(() => ref(node))
  else if (ref) ref.current = node
}
