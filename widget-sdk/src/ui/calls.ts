import type { Identified } from '../api.ts'
import { type Attributes, type Identify, RequestError, TEXT_BYTES, type Update } from '../client/index.ts'
import { complain } from '../loader/events.ts'
import { tooLong } from '../parts/index.ts'
import { choose, speak, wanted } from '../words/speak.ts'
import { LANGUAGES } from '../words/words.ts'
import { who } from './asked.ts'
import type { Chat } from './chat.ts'
import { attributes, broken, CallError, fields, IDENTITY, PROFILE, text } from './given.ts'
import { THEME } from './options.ts'
import { popOut } from './popout.ts'
import type { Shell } from './shell.ts'
import type { Trail } from './trail.ts'
import { connected, Turns } from './turns.ts'

/** A text that fits into a message. */
function message(given: unknown): string {
  const problem = tooLong(text('text', given), TEXT_BYTES)
  if (problem) throw new CallError('too_large', problem, 'text')
  return given as string
}

/**
 * Does what a page asks of the widget by name. What the gateway must hear is done one after the other, in the order of the
 * calls, each once there is a connection; everything else at once.
 */
export class Calls {
  readonly #chat: Chat
  readonly #shell: Shell
  readonly #trail: Trail
  readonly #turns: Turns
  #popup: ReturnType<typeof popOut>

  constructor(chat: Chat, shell: Shell, trail: Trail) {
    this.#chat = chat
    this.#shell = shell
    this.#trail = trail
    this.#turns = new Turns(chat.client)
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
  }

  #do(method: string, [first, second]: readonly unknown[]): unknown {
    const { options } = this.#shell
    switch (method) {
      case 'send':
        return this.#send(message(first))
      case 'prefill':
        return this.#chat.prefill(message(first))
      case 'endChat':
        return this.#turns.take(() => this.#end())
      case 'identify': {
        const identity = fields('identify', first, IDENTITY)
        return this.#turns.take(() => this.#identify(identity))
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
      case 'greet':
        return this.#chat.greet(message(first))
      case 'proactive': {
        const [rule, inWindow] = [first as { id: string; message: string }, second === true]
        this.#chat.greet(rule.message)
        return this.#track('proactive message shown', { rule: rule.id, window: inWindow })
      }
    }
  }

  /** Behind an `identify` it must wait: it is for whoever the visitor is then. */
  #send(message: string): void {
    const send = () => this.#chat.send(message.trim().replaceAll('\0', ''))
    this.#turns.after(send)
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
    const reply = await client.identify(identity)
    const { visitor, verified, name } = reply
    const identified = { visitor, verified, ...(name && { name }) }
    this.#shell.know(who(reply))
    this.#shell.emit('identify', { ...identified, switched: before !== visitor })
    return identified
  }

  async #note(profile: Update): Promise<void> {
    await this.#turns.take(() => this.#chat.client.request('update', profile))
  }

  async #track(name: string, properties?: Attributes): Promise<void> {
    await this.#turns.take(
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
    this.#turns.drop()
    this.#popup?.()
    this.#shell.close()
    this.#chat.reset()
    await connected(this.#chat.client)
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
