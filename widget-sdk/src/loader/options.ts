import type { Position } from '../client/wire.ts'

/** What `chatdesk('init', …)` was given, each option held to its rule; absent ones fall back to the settings. */
export interface Options {
  /** The widget's public key, or the organization's id in its place. */
  widgetKey: string
  /** The department that conversations start in; the form does not ask for one then. */
  departmentId?: string
  position?: Position
  /** `#rgb` or `#rrggbb`. */
  primaryColor?: string
  greeting?: string
  autoOpen?: boolean
  /** In seconds. */
  autoOpenDelay?: number
  /** Fills in the pre-chat form: field key to value. */
  userData: Record<string, string>
  zIndex: number
}

/** An option that broke its rule and so is left out. */
export interface Problem {
  option: string
  /** Reads on from the option's name: `must be …`. */
  rule: string
}

/** Above what pages usually stack, and with room left below the largest value a browser takes. */
const Z_INDEX = 2_147_483_000
const Z_INDEX_MAX = 2_147_483_647
/** The gateway's bound on `auto_open_delay`, in seconds. */
const DELAY_MAX = 3_600
const GREETING_MAX = 1_000
const KEY_MAX = 200

/** In words what an option must be, and what it is then read as; undefined when it is not that. */
type Rule = readonly [words: string, read: (value: unknown) => unknown]

const text = (max: number): Rule => [
  `a text of 1 to ${max} characters`,
  value => (typeof value === 'string' && value.trim() && value.length <= max ? value.trim() : undefined),
]

// What stands in an attribute of the script tag is a text, whatever it means.
const number = (max: number): Rule => [
  `a number from 0 to ${max}`,
  value => {
    const read = typeof value === 'string' && value.trim() ? Number(value) : value
    return typeof read === 'number' && read >= 0 && read <= max ? read : undefined
  },
]

const like = (words: string, pattern: RegExp): Rule => [
  words,
  value => (typeof value === 'string' && pattern.test(value) ? value : undefined),
]

const RULES: Record<string, Rule> = {
  widgetKey: text(KEY_MAX),
  organizationId: text(KEY_MAX),
  departmentId: text(KEY_MAX),
  position: like('bottom-right or bottom-left', /^bottom-(?:right|left)$/),
  primaryColor: like('a colour as #rgb or #rrggbb', /^#(?:[\da-f]{3}){1,2}$/i),
  greeting: text(GREETING_MAX),
  autoOpen: ['true or false', value => ({ true: true, false: false, '': true })[String(value)]],
  autoOpenDelay: number(DELAY_MAX),
  userData: [
    'an object of texts, numbers, true or false',
    value => {
      if (typeof value !== 'object' || Array.isArray(value)) return undefined
      const filled = Object.entries(value ?? {}).filter(([, given]) => given != null)
      const plain = filled.every(([, given]) => typeof given !== 'object' && typeof given !== 'function')
      return plain ? Object.fromEntries(filled.map(([key, given]) => [key, String(given)])) : undefined
    },
  ],
  zIndex: number(Z_INDEX_MAX),
}

/**
 * Holds what a page gave to the rules. An option that breaks its rule, or that does not exist, becomes a problem and
 * the rest goes on; without a widget key there are no options at all.
 */
export function readOptions(given: unknown): { options?: Options; problems: Problem[] } {
  if (typeof given !== 'object' || given === null) {
    return {
      problems: [{ option: 'init', rule: "must be given an object: chatdesk('init', { widgetKey: '…' })" }],
    }
  }
  const kept: Record<string, unknown> = {}
  const problems: Problem[] = []
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue
    const rule = Object.hasOwn(RULES, option) ? RULES[option] : undefined
    const read = rule?.[1](value)
    if (read !== undefined) kept[option] = read
    else {
      const words = rule
        ? `must be ${rule[0]}`
        : `is not an option: there are ${Object.keys(RULES).join(', ')}`
      problems.push({ option, rule: words })
    }
  }
  const { widgetKey, organizationId, ...rest } = kept
  if (!widgetKey && !organizationId) {
    problems.push({ option: 'widgetKey', rule: 'is needed: copy it from the widget page of your console' })
    return { problems }
  }
  return {
    options: { zIndex: Z_INDEX, userData: {}, ...rest, widgetKey: widgetKey ?? organizationId } as Options,
    problems,
  }
}

/** The options on a script tag: `data-widget-key` is `widgetKey`, `data-user-name` is `userData.name`. */
export function fromDataset(dataset: DOMStringMap): Record<string, unknown> | undefined {
  if (!dataset.widgetKey && !dataset.organizationId) return undefined
  const given: Record<string, unknown> = {}
  const userData: Record<string, string> = {}
  for (const [name, value] of Object.entries(dataset)) {
    const field = /^user([A-Z])(.*)$/.exec(name)
    if (field) userData[`${field[1]?.toLowerCase()}${field[2]}`] = value ?? ''
    else if (Object.hasOwn(RULES, name)) given[name] = value
  }
  return { ...given, userData }
}
