import type { WidgetSettings } from '../client/index.ts'
import { Store } from '../client/storage.ts'
import { speak, wanted } from '../words/speak.ts'
import { override } from '../words/words.ts'
import type { Options } from './options.ts'
import type { Shell } from './shell.ts'
import { storage } from './storage.ts'

/** How long the window waits for its texts, in milliseconds, before it is drawn without. */
const WAIT_MS = 4_000
/** The name under which the organization's choice of a language is kept, so that the next page need not wait for it. */
const KEY = 'language'

type Set = Pick<WidgetSettings, 'language' | 'strings'>

/** Speaks what the page's options and the organization's settings ask for, once that is loaded. */
export function settle({ locale }: Pick<Options, 'locale'>, { language, strings }: Set): Promise<void> {
  override(strings)
  return speak(wanted(locale, language))
}

/** Begins to speak, in the language of the last visit where the settings are not there yet; never takes long. */
export function begin({ options, storageKey }: Pick<Shell, 'options' | 'storageKey'>): Promise<unknown> {
  const language = new Store(storageKey, storage('localStorage')).get(KEY)
  const late = new Promise(then => setTimeout(then, WAIT_MS))
  return Promise.race([settle(options, { strings: {}, ...(language && { language }) }), late])
}

/** The settings came: speaks what they ask for, and does so at once on the next page. */
export function heed({ options, storageKey }: Pick<Shell, 'options' | 'storageKey'>, set: Set): void {
  const kept = new Store(storageKey, storage('localStorage'))
  if (set.language) kept.set(KEY, set.language)
  else kept.remove(KEY)
  settle(options, set)
}
