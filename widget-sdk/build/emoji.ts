import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Plugin } from 'vite'

/** The languages that names can be had in; the others search in English. */
export const NAMED = ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'ru', 'uk', 'ja', 'zh', 'ko'] as const
/** Newer ones are boxes on many a system. */
const UNICODE = 15
/** The group of skin tones and hair: nothing to be sent by itself. */
const COMPONENTS = 2
/** So many words an emoji is found by, besides those of its name. */
const TAGS = 4
/** The same for other languages than English, whose words take more bytes. */
const TAGS_ELSEWHERE = 2

/** An emoji as emojibase has it. */
interface Row {
  emoji: string
  label: string
  tags?: string[]
  group?: number
  order?: number
  version: number
  skins?: unknown[]
}

const require = createRequire(import.meta.url)

/** The emoji that are offered, in the order that keyboards show them in. */
function rows(language: string): Row[] {
  const all: Row[] = JSON.parse(readFileSync(require.resolve(`emojibase-data/${language}/data.json`), 'utf8'))
  return all
    .filter(({ group, version }) => group !== undefined && group !== COMPONENTS && version <= UNICODE)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
}

/** Countries' flags: their names come from the browser. */
const isFlag = ({ emoji }: Row) => /^\p{RI}{2}$/u.test(emoji)

/** Every emoji, with a space between two and a line a group; a `+` behind those that come in skin tones. */
export function table(): string {
  const groups = new Map<number | undefined, string[]>()
  for (const row of rows('en')) {
    const group = groups.get(row.group) ?? []
    groups.set(row.group, group)
    group.push(row.emoji + (row.skins ? '+' : ''))
  }
  return [...groups.values()].map(group => group.join(' ')).join('\n')
}

/** For each emoji of the table that is no country's flag a line: its name and, behind bars, further words. */
export function names(language: string): string {
  return rows(language)
    .filter(row => !isFlag(row))
    .map(({ label, tags = [] }) => {
      const named = new Set(label.toLowerCase().split(/[^\p{L}\p{N}]+/u))
      const further = tags.filter(tag => !named.has(tag.toLowerCase()))
      return [label, ...further.slice(0, language === 'en' ? TAGS : TAGS_ELSEWHERE)].join('|')
    })
    .join('\n')
}

/** The module that `src/parts/emoji/modules.d.ts` declares, and the files that it loads: `emoji-table`, `emoji-de`, … */
export function emoji(): Plugin {
  const files: Record<string, () => string> = { table }
  for (const language of NAMED) files[language] = () => names(language)
  const sources: Record<string, () => string> = {
    'virtual:emoji': () => {
      const loads = Object.keys(files).map(name => `${name}: () => import('virtual:emoji-${name}')`)
      return `export const loads = { ${loads.join(', ')} }\n`
    },
  }
  for (const [name, text] of Object.entries(files)) {
    sources[`virtual:emoji-${name}`] = () => `export default ${JSON.stringify(text())}\n`
  }
  return {
    name: 'emoji',
    resolveId: id => (id in sources ? `\0${id.replace('virtual:', '')}` : undefined),
    load: id => sources[id.replace('\0', 'virtual:')]?.(),
  }
}
