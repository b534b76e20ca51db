import type { ChatDeskError } from '../api.ts'
import type { Attributes } from '../client/index.ts'

/** What was wrong with a call, for whoever made it. */
export class CallError extends Error implements ChatDeskError {
  readonly code: string
  readonly field?: string

  constructor(code: string, message: string, field?: string) {
    super(message)
    this.code = code
    if (field !== undefined) this.field = field
  }
}

/** A field of what a call was given breaks its rule. */
export function broken(field: string, rule: string): CallError {
  return new CallError('bad_field', `${field} ${rule}`, field)
}

export function text(field: string, given: unknown): string {
  if (typeof given === 'string' && given.trim()) return given
  throw broken(field, 'must be a text that is not empty')
}

type Plain = Record<string, unknown>

function object(field: string, given: unknown): Plain {
  if (typeof given === 'object' && given && !Array.isArray(given)) return given as Plain
  throw broken(field, 'must be an object')
}

export function attributes(field: string, given: unknown): Attributes {
  for (const [name, value] of Object.entries(object(field, given))) {
    // The gateway knows the other rules, and says which one was broken.
    if (value !== null && !/^(?:string|number|boolean)$/.test(typeof value))
      throw broken(`${field}.${name}`, 'must be a text, a number, true, false or null')
  }
  return given as Attributes
}

/** The fields of a call, which are texts but for `attributes`, under the wire's names for them. */
export function fields(what: string, given: unknown, names: Record<string, string>): Plain {
  const entries = Object.entries(object(what, given)).filter(([, value]) => value != null)
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const wire = Object.hasOwn(names, name) && names[name]
      if (!wire) throw broken(name, `is not for ${what}: there are ${Object.keys(names).join(', ')}`)
      return [wire, wire === 'attributes' ? attributes(name, value) : text(name, value)]
    }),
  )
}

export const PROFILE = { name: 'name', email: 'email', phone: 'phone', attributes: 'attributes' }
export const IDENTITY = { externalId: 'external_id', token: 'token', ...PROFILE }
