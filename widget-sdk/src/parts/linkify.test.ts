import { expect, test } from 'vitest'
import { emojiOnly, linkify } from './linkify.ts'

const links = (text: string) => linkify(text).flatMap(piece => (piece.href ? [piece.href] : []))

test('text without links is one piece', () => {
  expect(linkify('See you at 3:30')).toEqual([{ text: 'See you at 3:30' }])
  expect(linkify('')).toEqual([])
})

test('links are found inside a sentence, without its punctuation', () => {
  expect(linkify('Look (https://shop.example/a?b=1#c), please.')).toEqual([
    { text: 'Look (' },
    { text: 'https://shop.example/a?b=1#c', href: 'https://shop.example/a?b=1#c' },
    { text: '), please.' },
  ])
  expect(links('https://en.wikipedia.org/wiki/Chat_(disambiguation).')).toEqual([
    'https://en.wikipedia.org/wiki/Chat_(disambiguation)',
  ])
  expect(links('www.shop.example and HTTP://other.example!')).toEqual([
    'https://www.shop.example/',
    'http://other.example/',
  ])
})

test('nothing but http and https becomes a link', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,<b>hi</b>',
    'file:///etc/passwd',
    'ftp://shop.example',
    'blob:https',
    'https://',
    'http://?',
    'www.',
  ]) {
    expect(links(text), text).toEqual([])
  }
})

test('addresses made to deceive are not links', () => {
  expect(links('https://bank.example@evil.example/')).toEqual([])
  expect(links('https://bank.example:secret@evil.example/')).toEqual([])
  expect(links('https://bank.example/\u202Egpj.exe')).toEqual(['https://bank.example/'])
})

test('the pieces together are the text again', () => {
  for (const text of [
    'a https://x.example, b',
    'https://x.example',
    '\n<b>www.x.example</b>\n',
    '((www.a.b))',
  ]) {
    expect(
      linkify(text)
        .map(piece => piece.text)
        .join(''),
    ).toBe(text)
  }
})

test('a long hostile text is split in no time', () => {
  const started = performance.now()
  linkify('www.'.repeat(4_000))
  linkify(`https://x.example/${')'.repeat(16_000)}`)
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a few emoji alone are shown large', () => {
  for (const text of ['👍', '🎉🎉🎉', '👩‍💻', '👋🏽 🙂', '❤️', '🇩🇪', ' 1️⃣ ', '👩🏽‍🚀🏴󠁧󠁢󠁳󠁣󠁴󠁿🧑🏾‍🤝‍🧑🏾'])
    expect(emojiOnly(text), text).toBe(true)
  for (const text of ['', '1', '#', 'ok 👍', '👍👍👍👍', '™ mark', 'a'.repeat(70)]) {
    expect(emojiOnly(text), text).toBe(false)
  }
})
