import type { WidgetConfig } from '@chatdesk/widget/client'
import { expect, test } from 'vitest'
import { check, documentOf, draftOf, errorAt, moved, newRow, optionsOf, sameDocument } from './draft.ts'

const config: WidgetConfig = {
  widget_key: 'wk_demo',
  enabled: true,
  settings: {
    primary_color: '#3B82F6',
    position: 'bottom-right',
    bubble_icon: 'chat',
    greeting_message: 'Hi there',
    offline_message: 'We are out',
    auto_open: false,
    auto_open_delay: 5,
    show_agent_avatars: true,
    show_typing_indicator: true,
    draft_preview: false,
    theme: 'auto',
    strings: {},
    sounds: true,
    ask_rating: true,
    ask_email_away: true,
    rules: [],
  },
  allowed_domains: ['shop.example', '*.shop.example'],
  departments: [
    { id: '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4c2d', name: 'Sales' },
    { id: '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4c2e', name: 'Support' },
  ],
  form: {
    enabled: true,
    fields: [
      { key: 'name', label: 'Name', kind: 'text', required: true },
      { key: 'topic', label: 'Topic', kind: 'select', required: false, options: ['Order', 'Other'] },
    ],
  },
}

test('a document that nobody edited comes back as it was', () => {
  const draft = draftOf(config)
  expect(documentOf(draft, 'wk_demo')).toEqual(config)
  expect(check(draft)).toEqual({})
})

test('rows have no part in what is saved, and edits do', () => {
  const draft = draftOf(config)
  expect(sameDocument(draft, draftOf(config))).toBe(true)
  expect(sameDocument(draft, { ...draft, delay: '6' })).toBe(false)
})

test('a new department is saved without an id, a moved one with its own', () => {
  const draft = draftOf(config)
  const departments = moved([...draft.departments, { row: newRow(), name: ' Returns ' }], 2, 0)
  expect(documentOf({ ...draft, departments }, 'wk_demo').departments).toEqual([
    { name: 'Returns' },
    config.departments[0],
    config.departments[1],
  ])
})

test('a field keeps its key when its label changes; a new one gets a key from its label', () => {
  const draft = draftOf(config)
  const [name, topic] = draft.fields
  const fresh = {
    row: newRow(),
    label: 'Topic',
    kind: 'text',
    required: false,
    options: 'left over',
  } as const
  const fields = [{ ...name, label: 'What shall we call you?' }, topic, fresh] as typeof draft.fields
  expect(documentOf({ ...draft, fields }, 'wk_demo').form.fields).toEqual([
    { key: 'name', label: 'What shall we call you?', kind: 'text', required: true },
    config.form.fields[1],
    { key: 'topic_2', label: 'Topic', kind: 'text', required: false },
  ])
})

test('a new field does not take the key of a saved one that comes after it', () => {
  const draft = draftOf(config)
  const fresh = { row: newRow(), label: 'Name', kind: 'text', required: false, options: '' } as const
  const keys = documentOf({ ...draft, fields: [fresh, ...draft.fields] }, '').form.fields.map(
    ({ key }) => key,
  )
  expect(keys).toEqual(['name_2', 'name', 'topic'])
})

test('options are lines, without blanks and repetitions', () => {
  expect(optionsOf(' Order \n\nOther\nOrder\n')).toEqual(['Order', 'Other'])
})

test('what is wrong is told by the path that the gateway would name', () => {
  const draft = draftOf(config)
  const [sales, support] = draft.departments
  const [name, topic] = draft.fields
  const wrong = {
    ...draft,
    settings: { ...draft.settings, primary_color: 'blue', greeting_message: 'ä'.repeat(501) },
    delay: '-1',
    departments: [sales, { ...support, name: 'sales ' }, { row: newRow(), name: ' ' }],
    fields: [
      { ...name, label: '' },
      { ...topic, options: '\n' },
    ],
  } as typeof draft
  expect(Object.keys(check(wrong))).toEqual([
    'settings.primary_color',
    'settings.greeting_message',
    'settings.auto_open_delay',
    'departments[1].name',
    'departments[2].name',
    'form.fields[0].label',
    'form.fields[1].options',
  ])
})

test('an error of a part is shown by the control that holds the whole', () => {
  const errors = {
    'form.fields[1].options[3]': 'Must not be empty.',
    'departments[0].name': 'Must be unique.',
  }
  expect(errorAt(errors, 'form.fields[1].options')).toBe('Must not be empty.')
  expect(errorAt(errors, 'departments[0]')).toBe('Must be unique.')
  expect(errorAt(errors, 'departments[1]')).toBeUndefined()
  expect(errorAt(errors, 'form.fields[1].label')).toBeUndefined()
})
