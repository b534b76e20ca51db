/// <reference types="vite/client" />
import { en } from '../words/en.ts'

/** All languages' texts: the gallery finds the widget's controls by what they are called. */
const ALL = import.meta.glob<Record<string, Record<string, string>>>('../words/??.ts', { eager: true })

export type Key = keyof typeof en

let language = 'en'

/** From here on `text` speaks this language. */
export function speak(code: string): void {
  language = code
}

/** What the widget says there. */
export function text(key: Key): string {
  return ALL[`../words/${language}.ts`]?.[language]?.[key] ?? en[key]
}

/** The languages that there are, by their codes. */
export const LANGUAGES = Object.keys(ALL).map(path => path.slice('../words/'.length, -'.ts'.length))
