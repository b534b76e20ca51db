import type { Theme } from '../api.ts'
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
  theme?: Theme
  /** A language's code, as the page gave it: `de`, `de-AT`. */
  locale?: string
  /** `page`: the window fills the page, as on the gateway's own page for a window of its own. */
  display?: 'page'
  /** The session that a window of its own takes over; not kept in this browser. */
  session?: string
}

/** An option that broke its rule and so is left out. */
export interface Problem {
  option: string
  /** Reads on from the option's name: `must be …`. */
  rule: string
}

/** The gateway's bound on `auto_open_delay`, in seconds. */
const DELAY_MAX = 3_600
const TEXT_MAX = 1_000

/** In words what an option must be, and what it is then read as; undefined when it is not that. */
type Rule = readonly [words: string, read: (value: unknown) => unknown]

const text: Rule = [
  `a text of 1 to ${TEXT_MAX} characters`,
  value => (typeof value === 'string' && value.length <= TEXT_MAX && value.trim()) || undefined,
]

const like = (words: string, pattern: RegExp): Rule => [
  words,
  value => (typeof value === 'string' && pattern.test(value) ? value : undefined),
]

export const THEME = like('auto, light or dark', /^(?:auto|light|dark)$/)

const RULES: Record<string, Rule> = {
  widgetKey: text,
  organizationId: text,
  departmentId: text,
  position: like('bottom-right or bottom-left', /^bottom-(?:right|left)$/),
  primaryColor: like('a colour as #rgb or #rrggbb', /^#(?:[\da-f]{3}){1,2}$/i),
  greeting: text,
  autoOpen: ['true or false', value => ({ true: true, false: false, '': true })[String(value)]],
  // What stands in an attribute of the script tag is a text, whatever it means.
  autoOpenDelay: [
    `a number from 0 to ${DELAY_MAX}`,
    value => {
      const read = typeof value === 'string' && value.trim() ? Number(value) : value
      return typeof read === 'number' && read >= 0 && read <= DELAY_MAX ? read : undefined
    },
  ],
  userData: [
    'an object of texts, numbers, true or false',
    value => {
      if (typeof value !== 'object' || Array.isArray(value)) return undefined
      const filled = Object.entries(value ?? {}).filter(([, given]) => given != null)
      const plain = filled.every(([, given]) => typeof given !== 'object' && typeof given !== 'function')
      return plain ? Object.fromEntries(filled.map(([key, given]) => [key, String(given)])) : undefined
    },
  ],
  zIndex: ['', value => value],
  theme: THEME,
  locale: text,
}

/** What only the gateway's own page for a window of its own gives. */
const OWN: Record<string, Rule> = { display: like('page', /^page$/), session: text }

/** What a script tag's `dataset` says of itself. */
const TAG = '[object DOMStringMap]'

/** The options on a script tag: `data-user-name` is `userData.name`; what is no option belongs to somebody else. */
function fromTag(tag: DOMStringMap): Record<string, unknown> {
  const userData: Record<string, string> = {}
  const given: Record<string, unknown> = { userData }
  for (const [name, value = ''] of Object.entries(tag)) {
    const field = /^user([A-Z])(.*)$/.exec(name)
    if (field) userData[`${field[1]?.toLowerCase()}${field[2]}`] = value
    else if (Object.hasOwn(RULES, name)) given[name] = value
  }
  return given
}

/**
 * Holds what a page gave, to `init` or on the script's tag, to the rules; the loader has seen that there is a key. An option
 * that breaks its rule, or that does not exist, becomes a problem and the rest goes on.
 */
export function readOptions(given: object): { options: Options; problems: Problem[] } {
  const kept: Record<string, unknown> = {}
  const problems: Problem[] = []
  const all = { ...RULES, ...OWN }
  for (const [option, value] of Object.entries(
    String(given) === TAG ? fromTag(given as DOMStringMap) : given,
  )) {
    if (value === undefined || value === null) continue
    const rule = Object.hasOwn(all, option) ? all[option] : undefined
    const read = rule?.[1](value)
    if (read !== undefined) kept[option] = read
    else {
      const names = Object.keys(RULES).join(', ')
      problems.push({ option, rule: rule ? `must be ${rule[0]}` : `is not an option: there are ${names}` })
    }
  }
  const { widgetKey, organizationId, zIndex, ...rest } = kept
  return {
    options: { userData: {}, ...rest, widgetKey: widgetKey ?? organizationId } as Options,
    problems,
  }
}
