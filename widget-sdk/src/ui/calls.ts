import type { ChatDeskError, Identified } from '../api.ts'
import {
  type Attributes,
  type Client,
  type Identify,
  RequestError,
  TEXT_BYTES,
  type Update,
  type VisitorWelcome,
} from '../client/index.ts'
import { complain } from '../loader/events.ts'
import { tooLong } from '../parts/index.ts'
import { choose, speak, wanted } from '../words/speak.ts'
import { LANGUAGES, locale, onWords } from '../words/words.ts'
import type { Chat } from './chat.ts'
import { THEME } from './options.ts'
import { popOut } from './popout.ts'
import type { Shell } from './shell.ts'
import type { Trail } from './trail.ts'

/** Most calls that wait for the gateway at once; the next one is refused. */
const WAITING_MAX = 100
/** How often one of them is tried before it fails. */
const TRIES = 5

/** What was wrong with a call, for whoever made it. */
class CallError extends Error implements ChatDeskError {
  readonly code: string
  readonly field?: string

  constructor(code: string, message: string, field?: string) {
    super(message)
    this.code = code
    if (field !== undefined) this.field = field
  }
}

/** A field of what a call was given breaks its rule. */
function broken(field: string, rule: string): CallError {
  return new CallError('bad_field', `${field} ${rule}`, field)
}

function text(field: string, given: unknown): string {
  if (typeof given === 'string' && given.trim()) return given
  throw broken(field, 'must be a text that is not empty')
}

type Plain = Record<string, unknown>

function object(field: string, given: unknown): Plain {
  if (typeof given === 'object' && given && !Array.isArray(given)) return given as Plain
  throw broken(field, 'must be an object')
}

function attributes(field: string, given: unknown): Attributes {
  for (const [name, value] of Object.entries(object(field, given))) {
    // The gateway knows the other rules, and says which one was broken.
    if (value !== null && !/^(?:string|number|boolean)$/.test(typeof value))
      throw broken(`${field}.${name}`, 'must be a text, a number, true, false or null')
  }
  return given as Attributes
}

/** The fields of a call that are texts, under the wire's names for them, with the attributes. */
function fields(what: string, given: unknown, names: Record<string, string>): Plain {
  const entries = Object.entries(object(what, given)).filter(([, value]) => value != null)
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (name === 'attributes') return [name, attributes(name, value)]
      const wire = Object.hasOwn(names, name) && names[name]
      if (!wire)
        throw broken(name, `is not for ${what}: there are ${Object.keys(names).join(', ')}, attributes`)
      return [wire, text(name, value)]
    }),
  )
}

const PROFILE = { name: 'name', email: 'email', phone: 'phone' }
const IDENTITY = { externalId: 'external_id', token: 'token', ...PROFILE }

/**
 * Does what a page asks of the widget by name. What the gateway must hear is done one after the other, in the order of the
 * calls, each once there is a connection; everything else at once.
 */
export class Calls {
  readonly #chat: Chat
  readonly #shell: Shell
  readonly #trail: Trail
  readonly #off: (() => void)[]
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  /** Counts resets: what was asked for the visitor before is not done for the one after. */
  #era = 0
  #popup: ReturnType<typeof popOut>

  constructor(chat: Chat, shell: Shell, trail: Trail) {
    this.#chat = chat
    this.#shell = shell
    this.#trail = trail
    // Another tab may have said who the visitor is: every welcome tells.
    this.#off = [
      chat.client.on('welcome', ({ visitor }) => visitor && this.#know(visitor)),
      onWords(() => shell.know({ locale: locale() })),
    ]
  }

  /** Does it. What must be waited for is a promise, which rejects with a `ChatDeskError`; what went wrong is told as well. */
  call(method: string, args: readonly unknown[]): unknown {
    try {
      const answer = this.#do(method, args)
      if (!(answer instanceof Promise)) return answer
      const told = answer.catch(error => {
        throw this.#tell(method, error)
      })
      // Whoever wants to know has the promise, and the others were told just now.
      told.catch(() => {})
      return told
    } catch (error) {
      const failed = Promise.reject(this.#tell(method, error))
      failed.catch(() => {})
      return failed
    }
  }

  /** Ends what calls have begun. */
  close(): void {
    this.#popup?.()
    for (const off of this.#off) off()
  }

  #do(method: string, [first, second]: readonly unknown[]): unknown {
    const { options } = this.#shell
    switch (method) {
      case 'send':
        return this.#send(text('text', first))
      case 'prefill':
        return this.#chat.prefill(text('text', first))
      case 'endChat':
        return this.#inTurn(() => this.#end())
      case 'identify': {
        const identity = fields('identify', first, IDENTITY)
        return this.#inTurn(() => this.#identify(identity))
      }
      case 'update': {
        const profile = fields('update', first, PROFILE)
        return this.#note(profile)
      }
      case 'setAttributes': {
        const given = attributes('attributes', first)
        return this.#note({ attributes: given })
      }
      case 'setTags': {
        if (!Array.isArray(first)) throw broken('tags', 'must be a list of texts')
        const tags = first.map(tag => text('tags', tag).trim()).join(',')
        return this.#note({ attributes: { tags: tags || null } })
      }
      case 'track': {
        const properties = second == null ? undefined : attributes('properties', second)
        return this.#track(text('event', first), properties)
      }
      case 'page':
        return this.#trail.tell(
          first == null ? {} : fields('page', first, { url: 'url', title: 'title', referrer: 'referrer' }),
        )
      case 'setLocale':
        return this.#speak(text('locale', first))
      case 'setTheme': {
        const theme = THEME[1](first)
        if (!theme) throw broken('theme', `must be ${THEME[0]}`)
        Object.assign(options, { theme })
        return this.#chat.repaint()
      }
      case 'setDepartment':
        if (first === null) delete options.departmentId
        else options.departmentId = text('department', first)
        return this.#chat.repaint()
      case 'popout':
        return this.#popOut()
      case 'reset':
        return this.#reset()
      case 'greet': {
        const [rule, inWindow] = [first as { id: string; message: string }, second === true]
        this.#chat.greet(rule.message)
        return this.#track('proactive message shown', { rule: rule.id, window: inWindow })
      }
    }
  }

  /** Behind an `identify` it must wait: it is for whoever the visitor is then. */
  #send(message: string): void {
    const problem = tooLong(message, TEXT_BYTES)
    if (problem) throw new CallError('too_large', problem, 'text')
    const send = () => this.#chat.send(message.trim().replaceAll('\0', ''))
    if (this.#waiting === 0) send()
    else this.#last = this.#last.then(send)
  }

  async #end(): Promise<void> {
    const { client } = this.#chat
    if (!this.#chat.end()) return
    await new Promise<void>((resolve, reject) => {
      const off = client.on('outbox', ({ entry, gone }) => {
        if (entry.content.kind !== 'status' || (!gone && entry.status !== 'failed')) return
        off()
        if (gone) resolve()
        else
          reject(
            new CallError(entry.error?.code ?? 'unavailable', entry.error?.text ?? 'it could not be ended'),
          )
      })
    })
  }

  async #identify(identity: Identify): Promise<Identified> {
    const { client } = this.#chat
    const before = client.me?.id
    const identified = this.#know(await client.identify(identity))
    this.#shell.emit('identify', { ...identified, switched: before !== identified.visitor })
    return identified
  }

  #know({
    visitor,
    verified = false,
    name,
  }: Pick<VisitorWelcome, 'visitor' | 'verified' | 'name'>): Identified {
    this.#shell.know({ visitor, verified, name })
    return { visitor, verified, ...(name && { name }) }
  }

  async #note(profile: Update): Promise<void> {
    await this.#inTurn(() => this.#chat.client.request('update', profile))
  }

  async #track(name: string, properties?: Attributes): Promise<void> {
    await this.#inTurn(
      () => this.#chat.client.request('track', { name, ...(properties && { properties }) }),
      false,
    )
  }

  async #speak(locale: string): Promise<void> {
    const { language } = choose([locale])
    if (!locale.toLowerCase().startsWith(language)) {
      throw broken('locale', `must be one of ${LANGUAGES.join(', ')}, with or without a region`)
    }
    this.#shell.options.locale = locale
    await speak(wanted(locale, undefined))
  }

  #popOut(): void {
    this.#popup?.()
    this.#popup = popOut(this.#chat, this.#shell)
    if (!this.#popup)
      throw new CallError('popup_blocked', 'the browser did not allow a window: call it from a click')
  }

  async #reset(): Promise<void> {
    this.#era++
    this.#popup?.()
    this.#shell.close()
    this.#chat.reset()
    await connected(this.#chat.client)
  }

  /**
   * Does something once all that was asked before is done and there is a connection. What the gateway will take later is
   * tried again; what may have reached it before the connection went is so only where it does no harm (`twice`).
   */
  #inTurn<T>(run: () => Promise<T>, twice = true): Promise<T> {
    if (this.#waiting >= WAITING_MAX) {
      throw new CallError(
        'rate_limited',
        `there must be at most ${WAITING_MAX} calls that wait for the gateway`,
      )
    }
    this.#waiting++
    const era = this.#era
    const still = () => {
      if (era !== this.#era) throw new CallError('conflict', 'the visitor was reset meanwhile')
      return run()
    }
    const turn = this.#last
      .then(() => persist(this.#chat.client, still, twice))
      .finally(() => {
        this.#waiting--
      })
    this.#last = turn.catch(() => {})
    return turn
  }

  #tell(method: string, error: unknown): CallError {
    const known =
      error instanceof RequestError
        ? new CallError(error.error.code, error.error.text, error.error.field)
        : error instanceof CallError
          ? error
          : new CallError('internal', String(error))
    complain(`${method}: ${known.message}`)
    const { code, message, field } = known
    this.#shell.emit('error', { code, message, ...(field !== undefined && { field }) })
    return known
  }
}

/** Resolves when the gateway has said who the visitor is; rejects when it does not want this page. */
function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const { state, refusal } = client
      if (state !== 'online' && !refusal) return
      off()
      if (refusal)
        reject(new CallError(refusal.error?.code ?? 'forbidden', 'the gateway refused the connection'))
      else resolve()
    }
    const off = client.on('state', look)
    look()
  })
}

async function persist<T>(client: Client, run: () => Promise<T>, twice: boolean): Promise<T> {
  for (let left = TRIES; ; left--) {
    await connected(client)
    try {
      return await run()
    } catch (error) {
      const wire = error instanceof RequestError && error.error
      const answered = client.state === 'online'
      if (!wire || !wire.retryable || left === 1 || !(twice || answered)) throw error
      await new Promise(resolve => setTimeout(resolve, wire.retry_ms))
    }
  }
}
