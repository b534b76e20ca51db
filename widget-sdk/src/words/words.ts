import type { en } from './en.ts'

/** The languages that the widget speaks. */
export const LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'pt',
  'it',
  'nl',
  'pl',
  'tr',
  'ru',
  'uk',
  'ja',
  'zh',
  'ko',
  'ar',
  'he',
] as const
export type Language = (typeof LANGUAGES)[number]

type Form = Intl.LDMLPluralRule
type Bare<Key> = Key extends `${infer Name}.${Form}` ? Name : never
/** The texts that have a form for each number. */
type Counted = Bare<keyof typeof en>
type Plain = Exclude<keyof typeof en, `${Counted}.${Form}`>

/** What can be asked for. */
export type Key = Plain | Counted
/** A language's texts. Which plural forms there must be depends on the language: a test knows. */
export type Words = Record<Plain | `${Counted}.other`, string> & Partial<Record<`${Counted}.${Form}`, string>>
/** What an organization calls things itself: by language, by key. A key without its plural form stands for all forms. */
export type Overrides = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Which texts, and how numbers and dates are written: `pt` and `pt-BR`. */
export interface Choice {
  language: Language
  locale: string
}

let choice: Choice = { language: 'en', locale: 'en' }
let words: Readonly<Record<string, string>> = {}
let overrides: Overrides = {}
let plural = new Intl.PluralRules('en')
const listeners = new Set<() => void>()
const tell = () => {
  for (const listener of listeners) listener()
}

/** The language of the texts. */
export const language = (): Language => choice.language

/** In which way numbers, dates and lists are written; a tag that Intl takes. */
export const locale = (): string => choice.locale

/** `Ada, Bo and Eve`. */
export const list = (names: readonly string[]): string => new Intl.ListFormat(choice.locale).format(names)

export const direction = (): 'ltr' | 'rtl' => (/^(?:ar|he)$/.test(choice.language) ? 'rtl' : 'ltr')

/** Speaks another language from now on. */
export function use(next: Choice, texts: Words): void {
  choice = next
  words = texts
  plural = new Intl.PluralRules(next.locale)
  tell()
}

/** Takes the organization's own texts. */
export function override(texts: Overrides): void {
  overrides = texts
  tell()
}

/** Calls back whenever texts change; returns what ends that. */
export function onWords(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * A text with its `{values}` filled in, numbers as the language writes them; `count` also chooses the plural form. Where
 * no language could be loaded, the key's last part has to do: `send`.
 */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const own = overrides[choice.language]
  const form = `${key}.${plural.select(Number(values.count))}`
  const text =
    own?.[form] ?? own?.[key] ?? words[form] ?? words[key] ?? words[`${key}.other`] ?? key.replace(/.*\./, '')
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name]
    return typeof value === 'number' ? value.toLocaleString(choice.locale) : (value ?? hole)
  })
}
