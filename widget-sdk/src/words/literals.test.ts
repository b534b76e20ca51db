import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '..')
/** What is read by agents in the console, or by a site's developers only, stays English. */
const ENGLISH = [
  'parts/event.ts',
  'ui/options.ts',
  'ui/asked.ts',
  'ui/calls.ts',
  'ui/refused.ts',
  'ui/trail.ts',
  'ui/popout.ts',
  'loader/events.ts',
  'loader/widget.ts',
]
/** What these are given is for a site's developers too. */
const DEVELOPERS = /^(?:complain|console|broken|\w*Error)$/
/** Attributes whose texts people see or hear. */
const SHOWN = /^(?:aria-(?:label|description|roledescription|valuetext)|title|placeholder|alt|label)$/
/** Attributes that may hold several words and show none. */
const HIDDEN = /^(?:class|d|rel|viewBox|transform|path)$/
/** Names of keys on the keyboard, and values of styles. */
const WORDS =
  /^(?:Arrow\w+|Page\w+|Enter|Escape|Tab|Home|End|Delete|Backspace|Process|Shift|Files|\w+Error|light dark)$/

type Node = { type: string; start: number } & Record<string, unknown>

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'

function* children(node: Node): Iterable<Node> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) yield* value.filter(isNode)
    else if (isNode(value)) yield value
  }
}

/** The outermost name of `a.b.c(…)`: `a`. */
function called(node: unknown): string {
  if (!isNode(node)) return ''
  return node.type === 'MemberExpression' ? called(node.object) : String(node.name ?? '')
}

/** Whether a text is one that people read: a capitalized word, or words in a row. */
const prose = (text: string) =>
  !WORDS.test(text) && (/^\P{L}*\p{Lu}\p{Ll}/u.test(text) || /^[^.#:[\]]*\p{L}{2,} \p{Ll}{2,}/u.test(text))

/** The texts in a piece of code that somebody could read in the widget. */
function* texts(node: Node, within = ''): Iterable<Node> {
  if (/^(?:Import|TS|Export(?:All|Named)Declaration$)/.test(node.type) && !node.declaration) return
  if (
    (node.type === 'CallExpression' || node.type === 'NewExpression') &&
    DEVELOPERS.test(called(node.callee))
  )
    return
  const name = node.type === 'JSXAttribute' ? String((node.name as Node).name) : within
  if (HIDDEN.test(name)) return
  const text =
    node.type === 'JSXText' || (node.type === 'Literal' && typeof node.value === 'string')
      ? String(node.value)
      : node.type === 'TemplateElement'
        ? (node.value as { cooked: string }).cooked
        : undefined
  if (text !== undefined) {
    const letters = /\p{L}/u.test(text)
    const direct = node.type === 'JSXText' || (SHOWN.test(name) && !within.startsWith('t('))
    if (direct ? letters : prose(text)) yield node
    return
  }
  const inside = node.type === 'CallExpression' ? `t(${called(node.callee)}` : name
  for (const child of children(node)) yield* texts(child, inside)
}

/** Where texts stand in a file, as `line: text`. */
function literals(path: string, code: string): string[] {
  const { program, errors } = parseSync(path, code)
  expect(errors).toEqual([])
  return [...texts(program as unknown as Node)].map(({ start, value }) => {
    const line = code.slice(0, start).split('\n').length
    return `${line}: ${JSON.stringify(typeof value === 'string' ? value.trim() : value)}`
  })
}

test('texts in markup, in labels and in code are found; classes, keys and words for developers are not', () => {
  const found = (code: string) => literals('a.tsx', `const x = (a, b) => ${code}`).length
  expect(found('<p>Hello</p>')).toBe(1)
  expect(found('<b title="save" />')).toBe(1)
  expect(found("<b aria-label={a ? 'save' : t('file.save')} />")).toBe(1)
  expect(found('<b title={`only $' + '{a}`} />')).toBe(1)
  expect(found("a ? 'Saved' : 'not saved yet'")).toBe(2)
  expect(found('<b class="cd-a cd-b" title={t(\'file.save\')}> · {a}</b>')).toBe(0)
  expect(found("a === 'Enter' || complain('this page is wrong')")).toBe(0)
})

test('whatever people read in the widget is a key', () => {
  const files = ['ui', 'parts', 'loader', 'rules']
    .flatMap(folder => readdirSync(join(SRC, folder), { recursive: true }).map(file => `${folder}/${file}`))
    .filter(file => /(?<!\.test|fixture|\.d)\.tsx?$/.test(file) && !ENGLISH.includes(file))
  expect(files.length).toBeGreaterThan(30)
  const found = files.flatMap(file =>
    literals(file, readFileSync(join(SRC, file), 'utf8')).map(text => `${file}:${text}`),
  )
  expect(found).toEqual([])
})
