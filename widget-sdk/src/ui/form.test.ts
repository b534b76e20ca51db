import { expect, test } from 'vitest'
import type { Form, FormField, FormFieldKind, WireError } from '../client/index.ts'
import { asks, withEmail } from './asking.ts'
import { answers, DEPARTMENT, objection, prefill, problem, problems } from './form.ts'

function field(key: string, kind: FormFieldKind, required = false): FormField {
  return { key, label: key, kind, required, ...(kind === 'select' && { options: ['Sales', 'Support'] }) }
}

const form: Form = {
  enabled: true,
  fields: [
    field('name', 'text', true),
    field('email', 'email'),
    field('topic', 'select'),
    field('terms', 'checkbox'),
  ],
}

test('answers that the gateway takes are taken', () => {
  for (const [kind, value] of [
    ['text', 'Ada'],
    ['email', 'ada.byron+shop@mail.example'],
    ['email', 'ada@bücher.example'],
    ['phone', '+44 (0)20 7946-0000'],
    ['select', 'Sales'],
    ['checkbox', 'true'],
    ['checkbox', 'false'],
    ['textarea', 'two\nlines'],
  ] as const) {
    expect(problem(field('f', kind), value), `${kind} ${value}`).toBeUndefined()
  }
})

test('answers that the gateway refuses are found before they are sent', () => {
  for (const [kind, value] of [
    ['email', 'ada'],
    ['email', 'ada@localhost'],
    ['email', 'a b@mail.example'],
    ['email', 'a@b@mail.example'],
    ['email', 'ada@-mail.example'],
    ['email', `${'a'.repeat(200)}@mail.example`],
    ['phone', 'call me'],
    ['phone', '12'],
    ['select', 'Gossip'],
    ['text', 'ü'.repeat(1001)],
  ] as const) {
    expect(problem(field('f', kind), value), `${kind} ${value}`).toBeTruthy()
  }
})

test('what is required must be filled in, whatever it is', () => {
  for (const kind of ['text', 'email', 'phone', 'select', 'checkbox', 'textarea'] as const) {
    expect(problem(field('f', kind, true), ' '), kind).toMatch(/^Please/)
    expect(problem(field('f', kind), ' '), kind).toBeUndefined()
  }
  expect(problem(field('f', 'checkbox', true), 'false')).toBe('Please tick this box.')
})

test('problems are told by field', () => {
  expect(Object.keys(problems(form, { email: 'ada' }))).toEqual(['name', 'email'])
  expect(problems(form, { name: 'Ada' })).toEqual({})
})

test('answers go in the order of the form, trimmed and without blanks', () => {
  const filled = { topic: 'Sales', name: ' Ada ', email: '', other: 'x', [DEPARTMENT]: 'Sales' }
  expect(answers(form, filled)).toEqual([
    { key: 'name', value: 'Ada' },
    { key: 'topic', value: 'Sales' },
  ])
})

test('what is known is filled in, where it fits', () => {
  expect(prefill(form, { name: 'Ada', email: 'ada@mail.example', topic: 'Gossip', age: '36' })).toEqual({
    name: 'Ada',
    email: 'ada@mail.example',
  })
})

test("the gateway's objection is shown at its field", () => {
  const error = (fieldPath: string): WireError => ({
    code: 'bad_field',
    retryable: false,
    retry_ms: 0,
    text: `${fieldPath} must be an e-mail address`,
    field: fieldPath,
  })
  expect(objection(error('answers.email'), form)).toEqual({
    email: 'This was not accepted. Please check it.',
  })
  expect(Object.keys(objection(error('department'), form) ?? {})).toEqual([DEPARTMENT])
  expect(objection(error('answers.age'), form)).toBeUndefined()
  expect(objection(error('client_id'), form)).toBeUndefined()
})

test('nothing is asked when there is nothing to ask', () => {
  const two = [{ name: 'Sales' }, { name: 'Support' }]
  const bare: Form = { enabled: true, fields: [] }
  expect(asks(form, [], undefined)).toBe(true)
  expect(asks({ ...form, enabled: false }, two, undefined)).toBe(false)
  expect(asks(bare, two, undefined)).toBe(true)
  expect(asks(bare, two, 'd1')).toBe(false)
  expect(asks(bare, two.slice(1), undefined)).toBe(false)
})

test('while nobody is there an e-mail address is asked for, once', () => {
  const name = { key: 'name', label: 'Name', kind: 'text' as const, required: false }
  const mail = { key: 'mail', label: 'Mail', kind: 'email' as const, required: false }
  expect(withEmail({ enabled: true, fields: [name, mail] }).fields).toEqual([
    name,
    { ...mail, required: true },
  ])
  expect(withEmail({ enabled: true, fields: [name] }).fields.map(({ key }) => key)).toEqual(['name', 'email'])
  // What a form would ask that is switched off is not asked.
  expect(withEmail({ enabled: false, fields: [name, mail] })).toMatchObject({
    enabled: true,
    fields: [{ key: 'email', kind: 'email', required: true }],
  })
})
