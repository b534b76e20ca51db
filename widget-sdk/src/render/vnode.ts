/** What a component is given, or an element: attributes, listeners, `children`, `ref`. */
export type Props = Record<string, unknown>

/** Gives what is to be seen: a `VNode`, a text, a list of such, or nothing. */
export type Component = (props: Props) => unknown

/** A description of an element, a component or (type '') a text. It is never written to: drawing keeps its own notes. */
export interface VNode {
  type: string | Component
  props: Props
  /** Tells it from its siblings; without one, its place among them does. */
  key: unknown
}

/** What JSX is compiled to. */
export function jsx(type: string | Component, props: Props, key?: unknown): VNode {
  return { type, props, key }
}

export { jsx as jsxDEV, jsx as jsxs }

/** Several things where one is asked for. */
export const Fragment: Component = props => props.children

/** A list's entries as descriptions; what is not to be seen keeps its place, so that what follows it keeps its own. */
export function vnodes(content: unknown): (VNode | undefined)[] {
  return (Array.isArray(content) ? content : [content]).map(child => {
    if (child == null || typeof child === 'boolean') return undefined
    if (Array.isArray(child)) return jsx(Fragment, { children: child })
    if (typeof child !== 'object') return jsx('', { text: String(child) })
    if (!child.type) throw new TypeError('an object cannot be drawn')
    return child
  })
}
