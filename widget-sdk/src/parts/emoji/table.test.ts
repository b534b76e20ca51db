import { expect, test } from 'vitest'
import { NAMED, names, table } from '../../../build/emoji.ts'
import { load, search, toned } from './table.ts'

const english = await load('en')
const find = (emoji: string) => english.flat().find(one => one.emoji === emoji)
const found = (query: string, among = english) => search(among, query).map(({ emoji }) => emoji)

test('nine groups, each with names for all that are in it', () => {
  expect(english).toHaveLength(9)
  expect(english.flat().length).toBeGreaterThan(1_800)
  expect(english.flat().filter(({ name }) => name === '')).toEqual([])
  expect(find('🎉')?.name).toBe('party popper')
  expect(find('🇫🇮')?.name).toBe('Finland')
  expect(find('🏴󠁧󠁢󠁳󠁣󠁴󠁿')?.name).toBe('flag: Scotland')
})

test.each(NAMED)('names in %s are as many, and none is missing', async language => {
  expect(names(language).split('\n')).toHaveLength(names('en').split('\n').length)
  expect((await load(language)).flat().filter(({ name }) => name === '')).toEqual([])
})

test('a language without names is searched in English, its countries in its own', async () => {
  const arabic = await load('ar')
  expect(found('party popper', arabic)).toContain('🎉')
  expect(found('فنلندا', arabic)).toEqual(['🇫🇮'])
})

test('what begins a word is found before what stands inside one; accents and case do not matter', async () => {
  expect(search(english, 'CAR')[0]?.words).toMatch(/ car/)
  expect(found('heart red')).toContain('❤️')
  expect(found('no such emoji')).toEqual([])
  expect(found('etoile', await load('fr'))).toContain('🌟')
})

test('newer ones than Unicode 15 are left out, and skin tones by themselves', () => {
  expect(table()).not.toMatch(/🫩|\u{1F3FB}/u)
})

test('tones are where Unicode has them', () => {
  const tone = (emoji: string, step: number) => {
    const one = find(emoji)
    return one && toned(one, step)
  }
  expect(tone('👋', 1)).toBe('👋🏻')
  expect(tone('☝️', 5)).toBe('☝🏿')
  expect(tone('👩‍❤️‍👨', 3)).toBe('👩🏽‍❤️‍👨🏽')
  expect(tone('🧑‍🤝‍🧑', 4)).toBe('🧑🏾‍🤝‍🧑🏾')
  expect(tone('🤝', 2)).toBe('🤝🏼')
  expect(tone('🎉', 2)).toBe('🎉')
  expect(tone('👨‍👩‍👧', 2)).toBe('👨‍👩‍👧')
})
