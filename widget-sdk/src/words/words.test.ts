import { afterEach, expect, test, vi } from 'vitest'
import { de } from './de.ts'
import { en } from './en.ts'
import { pl } from './pl.ts'
import { choose, LOADS, speak } from './speak.ts'
import { direction, language, list, locale, onWords, override, t, use } from './words.ts'

afterEach(() => {
  override({})
  use({ language: 'en', locale: 'en-GB' }, en)
  vi.useRealTimers()
})

test('a text takes its values, numbers as the language writes them, and what has none stays as it is', () => {
  expect(t('event.assigned', { name: 'Ada {count} $&' })).toBe('You are talking to Ada {count} $& now')
  expect(t('event.assigned')).toBe('You are talking to {name} now')
  expect(t('header.others', { count: 12_345 })).toBe('12,345 others')
  use({ language: 'de', locale: 'de-CH' }, de)
  expect(t('lightbox.count', { at: 1, count: 10_000 })).toMatch(/^1 von 10\D000$/)
})

test('a count chooses the plural form', () => {
  const unread = (count: number) => t('bubble.unread', { count })
  expect([unread(1), unread(2)]).toEqual(['Open chat, 1 unread message', 'Open chat, 2 unread messages'])
  use({ language: 'pl', locale: 'pl' }, pl)
  expect([1, 3, 5, 22].map(count => unread(count).split(' ').slice(2).join(' '))).toEqual([
    '1 nieprzeczytana wiadomość',
    '3 nieprzeczytane wiadomości',
    '5 nieprzeczytanych wiadomości',
    '22 nieprzeczytane wiadomości',
  ])
})

test("an organization's own text comes first, in its language only; one without a form is for all of them", () => {
  override({
    en: { 'header.title': 'Ask Ada', 'bubble.unread': '{count} news', 'header.others.one': 'one more' },
    de: { 'header.title': 'Frag Ada' },
  })
  expect(t('header.title')).toBe('Ask Ada')
  expect([1, 2].map(count => t('bubble.unread', { count }))).toEqual(['1 news', '2 news'])
  expect([1, 2].map(count => t('header.others', { count }))).toEqual(['one more', '2 others'])
  use({ language: 'de', locale: 'de' }, de)
  expect([t('header.title'), t('menu.back')]).toEqual(['Frag Ada', 'Zurück'])
})

test('whoever listens is told of other texts until they stop', () => {
  const told = vi.fn()
  const stop = onWords(told)
  override({})
  use({ language: 'de', locale: 'de' }, de)
  stop()
  override({})
  expect(told).toHaveBeenCalledTimes(2)
})

test('the first tag that there are texts for decides; regions and scripts stand for their language', () => {
  expect(choose(['pt-BR', 'en'])).toEqual({ language: 'pt', locale: 'pt-BR' })
  expect(choose(['zh_Hant_TW'])).toEqual({ language: 'zh', locale: 'zh-Hant-TW' })
  expect(choose(['iw'])).toEqual({ language: 'he', locale: 'he' })
  expect(choose([undefined, '', 'sv-SE', 'tlh', 'DE'])).toEqual({ language: 'de', locale: 'de' })
  // Dates as in the visitor's own country.
  expect(choose(['de', 'en-US', 'de-CH'])).toEqual({ language: 'de', locale: 'de-CH' })
  expect(choose(['sv'])).toEqual({ language: 'en', locale: 'en' })
  for (const tag of ['de-', 'de_!', 'de-x', '-', 'de-DE-DE-DE']) {
    expect(() => new Intl.DateTimeFormat(choose([tag]).locale)).not.toThrow()
  }
})

test('names are listed and the direction is known as the language has them', async () => {
  expect(list(['Ada', 'Bo', 'Eve'])).toBe('Ada, Bo and Eve')
  expect(direction()).toBe('ltr')
  await speak({ language: 'he', locale: 'he' })
  expect([language(), direction(), list(['א', 'ב'])]).toEqual(['he', 'rtl', 'א וב'])
})

test('a language that does not load is tried again, then it is English; a later choice wins', async () => {
  vi.useFakeTimers()
  const fails = vi.fn(() => Promise.reject(new Error('offline')))
  const lost = speak({ language: 'fr', locale: 'fr-CA' }, { ...LOADS, fr: fails })
  await vi.runAllTimersAsync()
  await lost
  expect(fails).toHaveBeenCalledTimes(2)
  expect([language(), locale(), t('menu.back')]).toEqual(['en', 'en', 'Back'])

  let come = (_: typeof de) => {}
  const slow = speak(
    { language: 'de', locale: 'de' },
    { ...LOADS, de: () => new Promise(then => (come = then)) },
  )
  await speak({ language: 'pl', locale: 'pl' })
  come(de)
  await slow
  expect(language()).toBe('pl')
})

test('without any texts the keys are still words, and the next choice is tried anew', async () => {
  vi.useFakeTimers()
  use({ language: 'en', locale: 'en' }, {} as typeof en)
  const fails = vi.fn(() => Promise.reject(new Error('offline')))
  const lost = speak({ language: 'it', locale: 'it' }, { ...LOADS, it: fails, en: fails })
  await vi.runAllTimersAsync()
  await lost
  expect([t('composer.send'), t('header.others', { count: 2 })]).toEqual(['send', 'others'])
  await speak({ language: 'it', locale: 'it' })
  expect(t('composer.send')).toBe('Invia')
})
