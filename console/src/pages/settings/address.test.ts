import { expect, test } from 'vitest'
import { previewAddress } from './address.ts'
import type { Draft } from './draft.ts'

const draft = (settings: Partial<Draft['settings']>) =>
  ({
    settings: {
      primary_color: '#7C3AED',
      position: 'bottom-left',
      greeting_message: 'Hi & welcome',
      ...settings,
    },
  }) as Draft

test('the preview shows what is not saved yet', () => {
  const { pathname, searchParams, hash } = new URL(previewAddress('wk_demo', draft({}), 2), 'http://gateway')
  expect(pathname).toBe('/preview/wk_demo')
  expect(Object.fromEntries(searchParams)).toEqual({
    autoOpen: 'true',
    autoOpenDelay: '0',
    greeting: 'Hi & welcome',
    position: 'bottom-left',
    primaryColor: '#7C3AED',
  })
  expect(hash).toBe('#2')
})

test('what the widget would refuse is left out', () => {
  const address = previewAddress('wk_demo', draft({ primary_color: '#7C3', greeting_message: ' ' }), 0)
  expect([...new URL(address, 'http://gateway').searchParams.keys()]).toEqual([
    'position',
    'autoOpen',
    'autoOpenDelay',
  ])
})
