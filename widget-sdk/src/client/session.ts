import { cut } from './cut.ts'
import type { Store } from './storage.ts'
import type {
  Cursor,
  Hello,
  HelloRole,
  Identified,
  Page,
  Participant,
  VisitorWelcome,
  Welcome,
} from './wire.ts'

/** What `hello` says of this client; the client itself adds token, cursors and features. */
export type Introduction = Omit<Hello, 'token' | 'resume' | 'features'>

const TOKEN = 'token'
/** What this client understands beyond the first version of the protocol. */
const FEATURES = ['uploads']

/** A page as the gateway takes it: one field that is too long would cost the whole frame. */
export function cutPage({ url, title, referrer }: Page): Page {
  return {
    ...(url && { url: cut(url) }),
    ...(title && { title: cut(title) }),
    ...(referrer && { referrer: cut(referrer) }),
  }
}

/** Who this client is to the gateway: its token, kept for a visitor in storage, and what the last welcome said. */
export class Session {
  readonly #introduce: () => Introduction
  readonly #store: Store
  #token: string | undefined
  #role: HelloRole | undefined
  welcome: Welcome | undefined
  me: Participant | undefined

  constructor(introduce: () => Introduction, store: Store) {
    this.#introduce = introduce
    this.#store = store
  }

  /** What the session is shown with; undefined before the first welcome of a new one. */
  get token(): string | undefined {
    return this.#token
  }

  /** Uses `token` from the next hello on. */
  setToken(token: string): void {
    this.#token = token
  }

  /** The next hello. A visitor's is kept to the token of this page, whatever another tab has stored since. */
  hello(resume: Cursor[]): Hello {
    const hello: Hello = { ...this.#introduce(), features: FEATURES }
    if (hello.role === 'visitor') this.#token ??= this.#store.get(TOKEN)
    if (hello.page) hello.page = cutPage(hello.page)
    if (this.#token) hello.token = this.#token
    if (resume.length) hello.resume = resume
    this.#role = hello.role
    return hello
  }

  /** Takes the answer to `hello` in. */
  welcomed(welcome: Welcome): void {
    const { visitor, agent } = welcome
    this.welcome = welcome
    if (visitor) {
      this.me = visitorOf(visitor)
      if (visitor.token) {
        this.#token = visitor.token
        this.#store.set(TOKEN, visitor.token)
      }
    } else if (agent) this.me = { kind: 'agent', id: agent.member.id, name: agent.member.name }
  }

  /** The session stands for this visitor from now on, under the same token. */
  identified({ visitor, name, verified, conversation }: Identified): void {
    const { welcome } = this
    if (!welcome?.visitor) return
    const { name: _, conversation: __, ...rest } = welcome.visitor
    const now = { ...rest, visitor, verified, ...(name && { name }), ...(conversation && { conversation }) }
    this.welcome = { ...welcome, visitor: now }
    this.me = visitorOf(now)
  }

  /**
   * The gateway does not know the token, or not any more. A visitor forgets it and may say hello again: with the token
   * that another tab has stored meanwhile, or as somebody new. False when there is nothing else to try.
   */
  tokenRefused(): boolean {
    const refused = this.#token
    if (this.#role !== 'visitor' || !refused) return false
    this.#token = undefined
    if (this.#store.get(TOKEN) === refused) this.#store.remove(TOKEN)
    return true
  }

  /** Forgets the token and who it stood for. */
  forget(): void {
    this.#token = undefined
    this.#store.remove(TOKEN)
    this.welcome = undefined
    this.me = undefined
  }
}

function visitorOf({ visitor, name }: VisitorWelcome): Participant {
  return { kind: 'visitor', id: visitor, ...(name && { name }) }
}
