import { parseAst } from 'vite'

/** What is looked at of a syntax tree. */
interface Node {
  type: string
  start: number
  end: number
  name?: unknown
  key?: Node
  body?: unknown
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'

/**
 * Gives the private names of each class the same few short ones, the most used first. The minifier would give each name of
 * the whole script a letter of its own, though no class sees another's: this compresses better by 1.5%.
 */
export function shortenPrivate(code: string): string {
  const edits: { at: Node; name: string }[] = []

  function visit(value: unknown, scopes: Map<unknown, Node[]>[]): void {
    if (Array.isArray(value)) for (const one of value) visit(one, scopes)
    if (!isNode(value)) return
    if (value.type === 'PrivateIdentifier')
      scopes
        .find(scope => scope.has(value.name))
        ?.get(value.name)
        ?.push(value)
    if (value.type !== 'ClassBody') {
      inside(value, scopes)
      return
    }
    const own = new Map<unknown, Node[]>()
    for (const { key } of value.body as Node[]) if (key?.type === 'PrivateIdentifier') own.set(key.name, [])
    inside(value, [own, ...scopes])
    const ranked = [...own.values()].sort((a, b) => b.length - a.length)
    ranked.forEach((places, rank) => {
      for (const at of places) edits.push({ at, name: `#${'p'.repeat(scopes.length + 1)}${rank}` })
    })
  }

  function inside(node: Node, scopes: Map<unknown, Node[]>[]): void {
    for (const value of Object.values(node)) if (typeof value === 'object') visit(value, scopes)
  }

  visit(parseAst(code).body, [])
  edits.sort((a, b) => b.at.start - a.at.start)
  for (const { at, name } of edits) code = code.slice(0, at.start) + name + code.slice(at.end)
  return code
}
