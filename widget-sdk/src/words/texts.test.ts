import { expect, test } from 'vitest'
import { en } from './en.ts'
import { LOADS } from './speak.ts'
import { LANGUAGES } from './words.ts'

const FORM = /\.(?:zero|one|two|few|many|other)$/
const bare = (key: string) => key.replace(FORM, '')
const plain = Object.keys(en).filter(key => !FORM.test(key))
const counted = [
  ...new Set(
    Object.keys(en)
      .filter(key => FORM.test(key))
      .map(bare),
  ),
]
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

/** The English that a text is to say the same as. */
const english = (key: string) =>
  (en as Record<string, string>)[key] ?? (en as Record<string, string>)[`${bare(key)}.other`] ?? ''

for (const language of LANGUAGES) {
  const load = async () => Object.entries(await LOADS[language]())

  test(`${language} says everything, with each form that its numbers have`, async () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
    const due = [...plain, ...counted.flatMap(key => forms.map(form => `${key}.${form}`))]
    expect((await load()).map(([key]) => key).sort()).toEqual(due.sort())
  })

  test(`${language} leaves the holes that English has; forms for one number may spell it out`, async () => {
    for (const [key, text] of await load()) {
      const spelled = /\.(?:zero|one|two)$/.test(key) && !text.includes('{count}')
      const due = holes(english(key)).filter(name => !(spelled && name === 'count'))
      expect(holes(text), `${language} ${key}`).toEqual(due)
    }
  })

  test(`${language} is plain text, set as print would set it, and no longer than fits`, async () => {
    for (const [key, text] of await load()) {
      const where = `${language} ${key}`
      expect(text.trim(), where).toBe(text)
      expect(text, where).not.toBe('')
      expect(text, where).not.toMatch(/[<>&\\`"']|\.\.\.| {2}/)
      // A sentence stays a sentence, a name a name.
      const ends = (of: string) => /[.!?…؟。！？]$/.test(of)
      expect(ends(text), where).toBe(ends(english(key)))
      expect(text.length, where).toBeLessThanOrEqual(Math.max(36, english(key).length * 2))
      if (language === 'fr') expect(text, where).not.toMatch(/[^\u202F][?!;]|[^\u202F]:(?= )/)
    }
  })
}

test('no language is another one over again', async () => {
  const all = await Promise.all(LANGUAGES.map(language => LOADS[language]()))
  for (const [at, words] of all.entries()) {
    const same = Object.keys(en).filter(key => at > 0 && words[key as 'menu.name'] === english(key))
    // `Chat`, `Menu`, `E-mail`, `Emoji` and the like.
    expect(same.length, LANGUAGES[at]).toBeLessThan(16)
  }
})
