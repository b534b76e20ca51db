// What a page may say to the widget and hear from it: the one source of the types of `window.chatdesk` and of the package.

/** What `init` takes. Only the key is needed; what is left out is as it is set in the console. */
export interface InitOptions {
  /** The widget's public key; `organizationId` may stand in its place. */
  widgetKey?: string
  /** The organization's id, which names its widget as well. */
  organizationId?: string
  /** The department that conversations start in; the form does not ask for one then. */
  departmentId?: string
  position?: 'bottom-right' | 'bottom-left'
  /** `#rgb` or `#rrggbb`. */
  primaryColor?: string
  /** The line at the top of a new conversation, up to 1,000 characters. */
  greeting?: string
  /** Whether the window opens by itself. */
  autoOpen?: boolean
  /** After how many seconds it does, 0 to 3600. */
  autoOpenDelay?: number
  /** Fills in the pre-chat form: field key to value. */
  userData?: Record<string, string | number | boolean | null | undefined>
  /** The widget's place among what the page stacks, 0 to 2147483647; 2147483000 when left out. */
  zIndex?: number
  theme?: Theme
  /** The language's code, such as `de`; `de-AT` will do. */
  locale?: string
}

/** Whether the window is light or dark; `auto`: as the visitor's system is. */
export type Theme = 'auto' | 'light' | 'dark'

/** What is noted of a visitor or an event: a name of up to 40 bytes, a plain value; `null` forgets an attribute. */
export type Attributes = Record<string, string | number | boolean | null>

/** What a site says of the visitor. What is left out stays as it was. */
export interface Profile {
  name?: string
  email?: string
  phone?: string
  attributes?: Attributes
}

/** Who the visitor is, to the site that they are on. */
export interface Identity extends Profile {
  /** What the site calls them. Nobody has checked it, unless `token` says the same. */
  externalId?: string
  /** An identity token that the site's server has signed: from now on this browser is the person that it names. */
  token?: string
}

/** Who the visitor is to the gateway. */
export interface Identified {
  /** The visitor's id. */
  visitor: string
  /** Whether a token of the site's server vouches for it. */
  verified: boolean
  name?: string
}

/** The page that the visitor is on; what is left out is read from the document. */
export interface PageView {
  url?: string
  title?: string
  referrer?: string
}

/** What `chatdesk('get')` tells. */
export interface State {
  /** Whether the window is open. */
  open: boolean
  /** Whether bubble and window are shown. */
  visible: boolean
  /** How many of the agents' messages the visitor has not seen. */
  unread: number
  connection: Connection
  /** Whether somebody is there to answer; absent until the gateway said. */
  online?: boolean
  /** The open conversation's id. */
  conversation?: string
  /** The visitor's id; absent until the gateway said. */
  visitor?: string
  /** Whether a token of the site's server vouches for who the visitor is. */
  verified: boolean
  /** The name that the visitor, or the site, gave. */
  name?: string
  /** The language that the widget speaks; absent until its texts are there. */
  locale?: string
  /** The widget's version. */
  version: string
}

/** How the socket stands. `refused`: the gateway does not want this page, and there will be no new attempt. */
export type Connection = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'refused'

/** A message as the page is told of it. */
export interface Message {
  conversation: string
  /** The entry's id. */
  id: string
  from: 'visitor' | 'agent'
  /** The sender's name, when it is known. */
  name?: string
  /** What it says; of a file, its name. */
  text: string
  /** The file, if it is one: its length in bytes, and its media type. */
  attachment?: { name: string; size: number; type: string }
  /** When the gateway took it, in ms since 1970. */
  at: number
}

/** What the visitor filled in before a conversation. */
export interface Answers {
  /** By field key. */
  answers: Record<string, string>
  /** The chosen department's id. */
  department?: string
}

/** An agent as a visitor knows them. */
export interface AgentInfo {
  conversation: string
  id: string
  name?: string
}

/** Every event that a page may listen to, and what its listeners get. */
export interface Events {
  /** The bubble is on the page. A listener that comes later is called at once. */
  ready: Record<string, never>
  /** Something failed in a way that the page's owner may want to know; `field` is what was wrong of what was given. */
  error: { code: string; message: string; field?: string }
  open: Record<string, never>
  close: Record<string, never>
  /** How many of the agents' messages the visitor has not seen. */
  unread: { count: number }
  /** A message of either side, once it is there for good (own) or has arrived (theirs). */
  message: Message
  /** The visitor's message is stored. */
  'message:sent': Message
  /** An agent's message arrived. */
  'message:received': Message
  /** An agent started or stopped typing. */
  typing: { on: boolean; name?: string }
  /** Whether anybody is there to answer. */
  status: { online: boolean }
  connection: { state: Connection }
  /** An agent took the conversation. */
  'agent:join': AgentInfo
  /** The conversation's agent gave it away. */
  'agent:leave': AgentInfo
  /** The pre-chat form was sent and a conversation started with it. */
  prechat: Answers
  /** The same, while nobody was there to answer. */
  offline: Answers
  /** The visitor rated a conversation, 1 to 5. */
  rating: { conversation: string; score: number; comment?: string }
  'conversation:start': { conversation: string }
  /** A conversation is over. */
  'conversation:end': { conversation: string }
  /** Who the visitor is has been said and taken; `switched`: this browser stands for another visitor than before. */
  identify: Identified & { switched: boolean }
}

export type EventName = keyof Events

/** A page's listener for one event. */
export type Listener<Name extends EventName = EventName> = (detail: Events[Name]) => void

/**
 * What a rejected promise of a method holds: an `Error` with the gateway's code (`bad_field`, `unauthenticated`,
 * `forbidden`, `rate_limited`, `unavailable`, …) and, for `bad_field`, the field at fault.
 */
export interface ChatDeskError extends Error {
  code: string
  field?: string
}

/** Every method but `get`, `on`, `once` and `off`, and what it takes. */
export interface Methods {
  /** Puts the widget on the page. */
  init(options: InitOptions): void
  /** Takes it off and closes its socket; the conversation stays the visitor's. `init` may follow. */
  shutdown(): void
  /** Forgets the visitor: closes the window and goes on as somebody new. Resolves once the gateway knows them. */
  reset(): Promise<void>
  /** Opens the window and moves the keyboard into it. */
  open(): void
  /** Closes the window and gives the keyboard back. */
  close(): void
  toggle(): void
  /** Undoes `hide`. */
  show(): void
  /** Takes bubble and window out of sight; messages still come. */
  hide(): void
  /** Goes on in a window of its own. Call it from a click: browsers block it otherwise. */
  popout(): void
  /** Sends a message as the visitor; where the form must come first it opens, and the message follows it. */
  send(text: string): void
  /** Puts a text into the composer, for the visitor to send. */
  prefill(text: string): void
  /** Begins the next conversation with these words of yours, in place of the greeting. */
  greet(text: string): void
  /** Marks the visitor with tags: kept as their attribute `tags`, with commas between. Replaces those before. */
  setTags(tags: readonly string[]): Promise<void>
  /** Ends the open conversation. Resolves once there is none. */
  endChat(): Promise<void>
  /** Says who the visitor is. With a `token` this browser may turn to another visitor: the two are never merged. */
  identify(identity: Identity): Promise<Identified>
  /** Notes what the site knows of the visitor. */
  update(profile: Profile): Promise<void>
  /** Notes that something happened, for agents to see and proactive rules to wait for. */
  track(event: string, properties?: Attributes): Promise<void>
  /** Tells of a page by hand, where the widget does not notice by itself. */
  page(page?: PageView): void
  /** Sets attributes of the visitor; `null` forgets one, others stay. */
  setAttributes(attributes: Attributes): Promise<void>
  /** Speaks another language from now on. Resolves once its texts are there. */
  setLocale(locale: string): Promise<void>
  setTheme(theme: Theme): void
  /** The department that the next conversation starts in; `null`: the form asks again. */
  setDepartment(department: string | null): void
}

/** The one global: `chatdesk('method', …)`. Until the script is there every call is kept and answers undefined. */
export interface ChatDesk {
  /** Listens. */
  <Name extends EventName>(method: 'on' | 'once', event: Name, listener: Listener<Name>): void
  /** Stops listening; without a listener, whoever listens to that event. */
  <Name extends EventName>(method: 'off', event: Name, listener?: Listener<Name>): void
  /** What is known now; undefined before `init`. */
  (method: 'get'): State | undefined
  /** One thing of what is known now. */
  <Name extends keyof State>(method: 'get', name: Name): State[Name] | undefined
  /** Everything else; see `Methods`. */
  <Name extends keyof Methods>(method: Name, ...args: Parameters<Methods[Name]>): ReturnType<Methods[Name]>
  /** The version of the script that is there. */
  readonly v?: string
}

declare global {
  interface Window {
    chatdesk?: ChatDesk
  }
}
