import { type Client, type ClientEvents, RequestError, type WireError } from '@chatdesk/widget/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Search } from './search.ts'

/** What was asked and is not answered yet. */
type Asked = {
  name: string
  body: object
  answer: (reply: object) => void
  refuse: (error: WireError) => void
}
let asked: Asked[]
let welcome: (() => void) | undefined
let search: Search

beforeEach(() => {
  asked = []
  const client = {
    request: (name: string, body: object) =>
      new Promise((answer, reject) => {
        asked.push({ name, body, answer, refuse: error => reject(new RequestError(error)) })
      }),
    on: (_: keyof ClientEvents, handler: () => void) => {
      welcome = handler
      return () => {
        welcome = undefined
      }
    },
  }
  search = new Search(client as unknown as Client)
})
afterEach(() => search.close())

const hit = (seq: number) => ({ conversation: 'c', seq })
const contact = (id: string) => ({ visitor: { id } })
const next = { at: 1, conversation: 'c', seq: 1 }
const unavailable: WireError = { code: 'unavailable', retryable: true, retry_ms: 0, text: 'away' }

/** Answers what is asked first of that name. */
function answer(name: string, reply: object) {
  const at = asked.findIndex(it => it.name === name)
  asked.splice(at, 1)[0]?.answer(reply)
}

test('contacts and messages are looked for at once, and what was found before stays meanwhile', async () => {
  const looked = search.look('tea')
  expect(asked.map(({ name, body }) => [name, body])).toEqual([
    ['contacts', { query: 'tea', limit: 3 }],
    ['search', { query: 'tea' }],
  ])
  answer('contacts', { contacts: [contact('ada')] })
  answer('search', { hits: [hit(2)], next })
  await looked
  expect(search.findings.value).toMatchObject({
    query: 'tea',
    busy: false,
    hasMoreHits: true,
    hasMoreContacts: false,
  })
  void search.look('teapot')
  expect(search.findings.value).toMatchObject({ query: 'tea', busy: true, hits: [hit(2)] })
})

test('of two answers the one to the latest words counts, whichever comes first', async () => {
  const first = search.look('te')
  const second = search.look('tea')
  const [oldContacts, oldHits] = asked.splice(0, 2)
  answer('contacts', { contacts: [] })
  answer('search', { hits: [hit(7)] })
  await second
  oldContacts?.answer({ contacts: [contact('old')] })
  oldHits?.answer({ hits: [hit(1)] })
  await first
  expect(search.findings.value).toMatchObject({ query: 'tea', contacts: [], hits: [hit(7)] })
})

test('further pages come behind, once each, and never to other words', async () => {
  const looked = search.look('tea')
  answer('contacts', { contacts: [] })
  answer('search', { hits: [hit(2)], next })
  await looked
  const more = search.moreHits()
  await search.moreHits()
  expect(asked.map(({ body }) => body)).toEqual([{ query: 'tea', after: next }])
  answer('search', { hits: [hit(1)] })
  await more
  expect(search.findings.value).toMatchObject({ hits: [hit(2), hit(1)], hasMoreHits: false })

  const again = search.look('milk')
  answer('contacts', { contacts: [], next: { created_at: 1, visitor: 'v' } })
  answer('search', { hits: [hit(5)], next })
  await again
  const late = search.moreHits()
  void search.look('mil')
  answer('search', { hits: [hit(4)] })
  await late
  expect(search.findings.value.hits).toEqual([hit(5)])
})

test('a failure is told, and what was looked for is looked for again when the connection is back', async () => {
  const looked = search.look('tea')
  for (const { refuse } of asked.splice(0)) refuse(unavailable)
  await looked
  expect(search.findings.value).toMatchObject({ error: unavailable, busy: false, hits: [] })
  welcome?.()
  expect(asked).toHaveLength(2)
  answer('contacts', { contacts: [] })
  answer('search', { hits: [hit(1)] })
  await vi.waitUntil(() => search.findings.value.hits.length > 0)
  expect(search.findings.value.error).toBeUndefined()
})

test('words that are too long are not asked for', async () => {
  await search.look('ü'.repeat(101))
  expect(asked).toEqual([])
  expect(search.findings.value.error).toMatchObject({ code: 'bad_field', retryable: false })
})
