import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

const widgetKey = 'wk_1'

test('every option is taken when it keeps its rule', () => {
  const given = {
    widgetKey,
    departmentId: 'd1',
    position: 'bottom-left',
    primaryColor: '#f80',
    greeting: ' Hello ',
    autoOpen: true,
    autoOpenDelay: 3,
    userData: { name: 'Ada', age: 36, member: true, phone: undefined },
    zIndex: 10,
    theme: 'dark',
    locale: 'de-AT',
  }
  const { zIndex: _, ...kept } = given
  expect(readOptions(given)).toEqual({
    options: { ...kept, greeting: 'Hello', userData: { name: 'Ada', age: '36', member: 'true' } },
    problems: [],
  })
})

test('a broken option is named with its rule, and the rest goes on', () => {
  for (const [option, value, rule] of [
    ['position', 'top', /bottom-right or bottom-left/],
    ['primaryColor', 'red', /#rgb or #rrggbb/],
    ['primaryColor', '#ff00', /#rgb or #rrggbb/],
    ['autoOpen', 'yes', /true or false/],
    ['autoOpenDelay', -1, /0 to 3600/],
    ['autoOpenDelay', Number.NaN, /0 to 3600/],
    ['greeting', '', /1 to 1000 characters/],
    ['userData', [], /an object/],
    ['userData', { name: {} }, /an object of texts/],
    ['theme', 'pink', /auto, light or dark/],
    ['locale', 7, /a text/],
    ['colour', '#fff', /is not an option: there are widgetKey/],
    ['__proto__x', 1, /is not an option/],
    ['constructor', 1, /is not an option/],
  ] as const) {
    const { options, problems } = readOptions({ widgetKey, [option]: value })
    expect(problems, `${option} ${String(value)}`).toEqual([{ option, rule: expect.stringMatching(rule) }])
    expect(options).toEqual({ widgetKey, userData: {} })
  }
})

test("the organization's id stands in for the key, which goes before it", () => {
  expect(readOptions({ organizationId: 'o1' }).options.widgetKey).toBe('o1')
  expect(readOptions({ organizationId: 'o1', widgetKey }).options.widgetKey).toBe(widgetKey)
})

test("the script tag's attributes are options too, and what is not ours is let be", () => {
  const dataset = Object.assign(Object.create({ [Symbol.toStringTag]: 'DOMStringMap' }), {
    widgetKey,
    autoOpen: '',
    autoOpenDelay: '2',
    userName: 'Ada',
    userEmail: 'ada@shop.example',
    turboTrack: 'reload',
  })
  expect(readOptions(dataset)).toEqual({
    options: {
      widgetKey,
      autoOpen: true,
      autoOpenDelay: 2,
      userData: { name: 'Ada', email: 'ada@shop.example' },
    },
    problems: [],
  })
})
