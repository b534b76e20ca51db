/// <reference path="./modules.d.ts" />
import { loads } from 'virtual:emoji'

/** An emoji that is offered. */
export interface Emoji {
  readonly emoji: string
  /** Whether it comes in skin tones. */
  readonly toned: boolean
  /** What it is called. */
  readonly name: string
  /** What it is found by: its name and further words, folded. */
  readonly words: string
}

/** The letter A as half a country's flag. */
const FLAG_A = 0x1f1e6
/** The skin tone before the lightest. */
const TONES = 0x1f3fa

/** Lower case without accents: what is typed without them finds too. */
const fold = (text: string) => text.toLocaleLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

/** The two letters of a country's flag. */
function country(emoji: string): string | undefined {
  if (!/^\p{RI}{2}$/u.test(emoji)) return undefined
  return String.fromCodePoint(...[...emoji].map(half => (half.codePointAt(0) ?? 0) - FLAG_A + 65))
}

/** The emoji by group, as keyboards show them, named in `language`: in English where there are no names in it. */
export async function load(language: string): Promise<readonly (readonly Emoji[])[]> {
  const [table, names] = await Promise.all([loads.table?.(), (loads[language] ?? loads.en)?.()])
  const lines = names?.default.split('\n') ?? []
  const regions = new Intl.DisplayNames([language, 'en'], { type: 'region' })
  let at = 0
  return (table?.default.split('\n') ?? []).map(group =>
    group.split(' ').map(entry => {
      const toned = entry.endsWith('+')
      const emoji = toned ? entry.slice(0, -1) : entry
      const flag = country(emoji)
      const line = flag ? (regions.of(flag) ?? flag) : (lines[at++] ?? '')
      return { emoji, toned, name: line.replace(/\|.*/, ''), words: ` ${fold(line.replaceAll('|', ' '))}` }
    }),
  )
}

/** Those that are found by all words of `query`, at the beginning of a word first. */
export function search(all: readonly (readonly Emoji[])[], query: string): Emoji[] {
  const terms = fold(query).split(/\s+/).filter(Boolean)
  const found = all.flat().filter(({ words }) => terms.every(term => words.includes(term)))
  const rank = ({ words }: Emoji) => (terms.every(term => words.includes(` ${term}`)) ? 0 : 1)
  return found.sort((a, b) => rank(a) - rank(b))
}

/** An emoji in a skin tone, 1 (light) to 5 (dark); 0 leaves it as it is. */
export function toned({ emoji, toned }: Emoji, tone: number): string {
  if (!toned || tone === 0) return emoji
  // The hands that two people hold are of no tone of their own.
  return emoji.replace(
    /(?!🤝\u200D)(\p{Emoji_Modifier_Base})\uFE0F?/gu,
    `$1${String.fromCodePoint(TONES + tone)}`,
  )
}
