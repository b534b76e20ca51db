import { type Choice, LANGUAGES, type Language, use, type Words } from './words.ts'

/** After how many milliseconds a language that could not be loaded is tried again. */
const AGAIN_MS = 1_000
/** Tags that are older than those in use, or a written form's own. */
const ALIASES: Record<string, Language> = { iw: 'he' }

/** What a language's file exports. */
const only = (file: Readonly<Record<string, Words>>) => Object.values(file)[0] as Words

/** A file for each. */
export const LOADS: Readonly<Record<Language, () => Promise<Words>>> = {
  en: () => import('./en.ts').then(only),
  de: () => import('./de.ts').then(only),
  fr: () => import('./fr.ts').then(only),
  es: () => import('./es.ts').then(only),
  pt: () => import('./pt.ts').then(only),
  it: () => import('./it.ts').then(only),
  nl: () => import('./nl.ts').then(only),
  pl: () => import('./pl.ts').then(only),
  tr: () => import('./tr.ts').then(only),
  ru: () => import('./ru.ts').then(only),
  uk: () => import('./uk.ts').then(only),
  ja: () => import('./ja.ts').then(only),
  zh: () => import('./zh.ts').then(only),
  ko: () => import('./ko.ts').then(only),
  ar: () => import('./ar.ts').then(only),
  he: () => import('./he.ts').then(only),
}

/** The language that a tag such as `pt-BR` or `zh_Hant` is served by. */
function match(tag: string): Language | undefined {
  const base = tag.toLowerCase().split(/[-_]/)[0] ?? ''
  return ALIASES[base] ?? LANGUAGES.find(language => language === base)
}

/** A tag as Intl takes it; undefined if it is none. */
function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag.replaceAll('_', '-'))[0]
  } catch {
    return undefined
  }
}

/** The first of the tags that there are texts for; English without any. Its region comes from the first tag that names one. */
export function choose(tags: readonly (string | undefined)[]): Choice {
  const known = tags.filter(tag => tag !== undefined).filter(match)
  const language = match(known[0] ?? '') ?? 'en'
  const same = known.filter(tag => match(tag) === language).map(canonical)
  return { language, locale: same.find(tag => tag?.includes('-')) ?? language }
}

/**
 * Which language to speak: what the page asks for, else what the organization set, else the first of the visitor's own
 * that there is, else that of the page's markup: often a template's, which nobody looked at.
 */
export function wanted(asked: string | undefined, set: string | undefined): Choice {
  return choose([asked, set, ...navigator.languages, document.documentElement.lang])
}

let latest: Choice | undefined

/**
 * Loads a language's texts and uses them, unless another was asked for meanwhile. One that cannot be loaded is tried once
 * more, then English is. Never rejects: without any texts the keys are shown.
 */
export async function speak(choice: Choice, loads = LOADS): Promise<void> {
  if (latest?.language === choice.language && latest.locale === choice.locale) return
  latest = choice
  const load = async (language: Language) => {
    const texts = await loads[language]().catch(() => undefined)
    const settled = language === choice.language ? choice : { language, locale: language }
    if (texts && latest === choice) use(settled, texts)
    return texts !== undefined || latest !== choice
  }
  if (await load(choice.language)) return
  await new Promise(then => setTimeout(then, AGAIN_MS))
  if (!(await load(choice.language)) && !(await load('en'))) latest = undefined
}
