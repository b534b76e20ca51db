import { type Plugin, parseAst } from 'vite'

/** What is looked at of a syntax tree. */
interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

/** What a syntax tree's node is replaced by. */
interface Edit {
  at: Node
  text: string
}

/** A member of a class. */
interface Member extends Node {
  key: Node & { name: string }
  value: Node | null
}

const SELF = '$self'
/** No source has names like these. */
const variable = (name: unknown) => `$own_${name}`

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'
const isPrivate = (node: unknown) => isNode(node) && node.type === 'PrivateIdentifier'

function* within(node: Node): Generator<Node> {
  yield node
  for (const child of Object.values(node).flat()) if (isNode(child)) yield* within(child)
}

/** The text from one place to another, with what is to be replaced there replaced. */
function edited(code: string, start: number, end: number, edits: Edit[]): string {
  let text = ''
  let at = start
  for (const edit of edits.filter(edit => edit.at.start >= start && edit.at.end <= end)) {
    text += code.slice(at, edit.at.start) + edit.text
    at = edit.at.end
  }
  return text + code.slice(at, end)
}

/**
 * Makes a function of each class that can be one: what is private becomes its variables. Their names cost a letter where
 * `this.#name` costs seven characters, and the minifier can do away with them: 2% of a script. A class stays one where it
 * extends or is extended, is asked for by `instanceof`, or has what a function cannot have.
 */
export function closures(code: string): string {
  const all = [...within(parseAst(code) as unknown as Node)]
  const kept = new Set(
    all
      .map(
        ({ superClass, operator, right }) =>
          (operator === 'instanceof' ? right : superClass) as Node | undefined,
      )
      .map(node => node?.name),
  )
  const edits = all.flatMap((node): Edit[] => {
    const declared = node.type === 'ClassDeclaration'
    const made = (declared ? node : node.init) as Node | undefined
    if (!declared && !(node.type === 'VariableDeclarator' && made?.type === 'ClassExpression')) return []
    const { name } = node.id as Node
    const text = !made || made.superClass || kept.has(name) ? undefined : closure(code, made)
    return made && text ? [{ at: made, text: declared ? `var ${name} = ${text}` : text }] : []
  })
  return edited(code, 0, code.length, edits)
}

/** The function that does what a class does; nothing if there is none. */
function closure(code: string, node: Node): string | undefined {
  const members = (node.body as Node).body as Member[]
  const getters = new Set(
    members.filter(({ kind, key }) => kind === 'get' && isPrivate(key)).map(({ key }) => key.name),
  )
  let fits = members.every(
    member => !member.static && !member.computed && (isPrivate(member.key) ? member.kind !== 'set' : true),
  )
  const edits: Edit[] = []

  /** `deep`: how many functions with a `this` of their own are around. */
  function visit(at: Node, deep: number): void {
    const { type, object, property } = at
    if (type === 'MemberExpression' && isPrivate(property) && (object as Node).type === 'ThisExpression') {
      const { name } = property as Node
      if (deep > 0) fits = false
      edits.push({ at, text: variable(name) + (getters.has(name as string) ? '()' : '') })
      return
    }
    if (type === 'ThisExpression') {
      if (deep > 0) fits = false
      edits.push({ at, text: SELF })
    }
    // Another's private fields, classes in classes, `new.target`.
    if (type === 'PrivateIdentifier' || type === 'ClassBody' || type === 'MetaProperty') fits = false
    const inner = type === 'FunctionExpression' || type === 'FunctionDeclaration' ? deep + 1 : deep
    for (const child of Object.values(at).flat()) if (isNode(child)) visit(child, inner)
  }
  for (const { value } of members) if (value) visit(value, value.type === 'FunctionExpression' ? -1 : 0)
  if (!fits) return undefined

  const text = ({ start, end }: Node) => edited(code, start, end, edits)
  const methods: string[] = []
  const fields: string[] = []
  const functions: string[] = []
  let parameters: string[] = []
  let begin = ''
  for (const member of members) {
    const { type, kind, key, value } = member
    if (type === 'PropertyDefinition') {
      const to = isPrivate(key) ? `let ${variable(key.name)}` : `${SELF}.${key.name}`
      if (value) fields.push(`${to} = ${text(value)};`)
      else if (isPrivate(key)) fields.push(`${to};`)
    } else if (kind === 'constructor' && value) {
      const all = value.params as Node[]
      if ([...within(value.body as Node)].some(({ type }) => type === 'ReturnStatement')) return undefined
      parameters = all.map((_, index) => `$given${index}`)
      const named = all.map((parameter, index) => {
        const { type, left, right } = parameter
        if (type !== 'AssignmentPattern') return `let ${text(parameter)} = $given${index};`
        return `let ${text(left as Node)} = $given${index} === undefined ? ${text(right as Node)} : $given${index};`
      })
      begin = `{ ${named.join(' ')} ${text(value.body as Node)} }`
    } else if (isPrivate(key) && value) {
      const star = value.generator ? '*' : ''
      functions.push(`${value.async ? 'async ' : ''}function${star} ${variable(key.name)}${text(value)}`)
    } else methods.push(text(member))
  }
  return `function (${parameters.join(', ')}) {
    const ${SELF} = { ${methods.join(', ')} };
    ${fields.join('\n')}
    ${functions.join('\n')}
    ${begin}
    return ${SELF}
  }`
}

/** Does it while tests run, so that they tell whether what is built works. */
export function asFunctions(): Plugin {
  return {
    name: 'as-functions',
    enforce: 'post',
    transform: (code, id) =>
      /\/src\/.*(?<!\.test)\.tsx?$/.test(id) ? { code: closures(code), map: null } : undefined,
  }
}
