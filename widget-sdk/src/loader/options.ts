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

type Rule<T> = (value: unknown) => T | string[]

// A broken rule is told as a one-element list, which no option's value is.
const text =
  (max: number): Rule<string> =>
  value =>
    typeof value === 'string' && value.trim() !== '' && value.length <= max
      ? value.trim()
      : [`must be a text of 1 to ${max} characters`]

const number =
  (max: number): Rule<number> =>
  value =>
    (typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')) &&
    Number(value) >= 0 &&
    Number(value) <= max
      ? Number(value)
      : [`must be a number from 0 to ${max}`]

const flag: Rule<boolean> = value =>
  value === true || value === 'true' || value === ''
    ? true
    : value === false || value === 'false'
      ? false
      : ['must be true or false']

const color: Rule<string> = value =>
  typeof value === 'string' && /^#(?:[\da-f]{3}){1,2}$/i.test(value)
    ? value
    : ['must be a colour as #rgb or #rrggbb']

const corner: Rule<Position> = value =>
  value === 'bottom-right' || value === 'bottom-left' ? value : ['must be bottom-right or bottom-left']

const person: Rule<Record<string, string>> = value => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['must be an object']
  const filled = Object.entries(value).filter(([, given]) => given !== undefined && given !== null)
  const wrong = filled.find(([, given]) => !['string', 'number', 'boolean'].includes(typeof given))
  return wrong
    ? [`.${wrong[0]} must be a text, a number, true or false`]
    : Object.fromEntries(filled.map(([key, given]) => [key, String(given)]))
}

const RULES: Record<string, Rule<unknown>> = {
  widgetKey: text(200),
  organizationId: text(200),
  departmentId: text(200),
  position: corner,
  primaryColor: color,
  greeting: text(GREETING_MAX),
  autoOpen: flag,
  autoOpenDelay: number(DELAY_MAX),
  userData: person,
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
    const read = rule ? rule(value) : [`is not an option: there are ${Object.keys(RULES).join(', ')}`]
    if (Array.isArray(read)) problems.push({ option, rule: read[0] })
    else kept[option] = read
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
