// The wire's types, generated from the protocol crate by `UPDATE=1 cargo test -p protocol typescript`.
// Do not edit.

export const SUBPROTOCOL = 'chatdesk.v1'
export const FRAME_BYTES = 65536
export const DEPTH = 16
export const ELEMENTS = 1024
export const TEXT_BYTES = 16384
export const NAME_BYTES = 200
export const ANSWER_BYTES = 2000
export const FORM_FIELDS = 20
export const FORM_KEY_BYTES = 40
export const FIELD_OPTIONS = 50
export const DEPARTMENTS = 50
export const DEPARTMENT_MEMBERS = 200
export const ALLOWED_DOMAINS = 100
export const GREETING_BYTES = 1000
export const AUTO_OPEN_DELAY_SECONDS = 3600
export const STRINGS = 200
export const STRING_BYTES = 1000
export const OPEN_HOURS = 28
export const RULES = 20
export const RULE_SECONDS = 3600
export const PASSWORD_CHARS_MIN = 10
export const SEARCH_QUERY_BYTES = 200
export const RESUME_CURSORS = 500
export const SYNC_KNOWN = 500
export const UPLOAD_CHUNK_BYTES = 16384

/** The languages that entries can be searched with. */
export const SEARCH_LANGUAGES = [
  'simple',
  'arabic',
  'armenian',
  'basque',
  'catalan',
  'danish',
  'dutch',
  'english',
  'finnish',
  'french',
  'german',
  'greek',
  'hindi',
  'hungarian',
  'indonesian',
  'irish',
  'italian',
  'lithuanian',
  'nepali',
  'norwegian',
  'portuguese',
  'romanian',
  'russian',
  'serbian',
  'spanish',
  'swedish',
  'tamil',
  'turkish',
  'yiddish',
] as const

/** The languages that the widget speaks. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'tr', 'ru', 'uk', 'ja', 'zh', 'ko', 'ar', 'he'] as const

export const ClientOp = {
  hello: 1,
  ping: 3,
  pong: 4,
  identify: 10,
  update: 12,
  page: 13,
  track: 14,
  start: 16,
  send: 18,
  follow: 22,
  unfollow: 24,
  history: 25,
  read: 27,
  transcript: 30,
  typing: 32,
  set_availability: 35,
  inbox: 48,
  inbox_sync: 51,
  watch: 53,
  unwatch: 54,
  profile: 58,
  search: 60,
  contacts: 62,
  upload_open: 64,
  upload_chunk: 66,
  upload_abort: 69,
} as const

export const ServerOp = {
  welcome: 2,
  ping: 3,
  pong: 4,
  error: 5,
  goaway: 6,
  ok: 7,
  throttle: 8,
  identified: 11,
  started: 17,
  routed: 19,
  entry: 20,
  stored: 21,
  replay: 23,
  history_page: 26,
  read_by: 28,
  typing_by: 33,
  availability: 34,
  presence: 36,
  inbox_page: 49,
  summary: 50,
  inbox_changes: 52,
  visitors: 55,
  live_visitor: 56,
  visitor_left: 57,
  visitor_profile: 59,
  search_page: 61,
  contacts_page: 63,
  upload_ready: 65,
  upload_credit: 67,
  upload_done: 68,
  gone: 70,
} as const

/** Why the gateway closed a socket; below 4500 a client connects again. */
export const CloseCode = {
  Draining: 4000,
  Slow: 4001,
  Silent: 4002,
  NoHello: 4003,
  Fault: 4004,
  RateLimited: 4005,
  Identified: 4006,
  BadFrame: 4500,
  Unauthenticated: 4501,
  OriginRefused: 4502,
  TooLarge: 4503,
  NoWidget: 4504,
} as const

/** Names with their values. */
export type Attributes = Record<string, Attribute>

/** Texts by language and key. */
export type Strings = Record<string, Record<string, string>>

/** A tenant. */
export type OrganizationId = string

/** A person in one organization: owner, admin or agent. */
export type MemberId = string

/** An anonymous browser, or the known person it turned out to be, within one organization. */
export type VisitorId = string

/** A department of an organization. */
export type DepartmentId = string

/** A conversation, and so its log. */
export type ConversationId = string

/** One entry of a conversation's log, whatever its seq turns out to be. */
export type EntryId = string

/** A file in a conversation, from its upload on. */
export type AttachmentId = string

/** Whoever takes part in a conversation: a visitor's, a member's or the organization's id. */
export type ParticipantId = string

/** What went wrong with a request. The text form is on the wire; `SPEC.md` says when each is sent. */
export type ErrorCode = "bad_frame" | "bad_field" | "too_large" | "unsupported" | "unauthenticated" | "forbidden" | "origin_refused" | "not_found" | "conflict" | "rate_limited" | "unavailable" | "internal" | "unknown"

/** What a member may do in an organization. */
export type Role = "owner" | "admin" | "agent"

/** Which side of a conversation somebody stands on. */
export type ParticipantKind = "visitor" | "agent" | "system"

/** Somebody who takes part in a conversation. */
export type Participant = {
  /** Visitor, agent or system. */
  kind: ParticipantKind,
  /** Unique within the organization. */
  id: ParticipantId,
  /** How to call them; absent while a visitor has not said. */
  name?: string,
}

/** Where a conversation stands. */
export type ConversationStatus = "open" | "pending" | "snoozed" | "resolved"

/** How urgent agents find a conversation. */
export type Priority = "none" | "low" | "medium" | "high" | "urgent"

/** What an entry is. */
export type EntryKind = "text" | "note" | "attachment" | "status" | "assignment" | "rating" | "priority" | "hidden" | "unknown"

/** A file in a conversation. */
export type Attachment = {
  /** Which one: the upload's id. */
  id: AttachmentId,
  /** Its name, one line. */
  name: string,
  /** Its length in bytes. */
  size: number,
  /** Its media type, such as `image/png`. */
  type: string,
  /** Where to fetch it: a path on the gateway. Whoever has it may: treat it like the file. */
  url: string,
}

/** Who has a conversation from here on. */
export type Assignment = {
  /** Which agent; absent: nobody. */
  member?: MemberId,
  /** Their name, filled in by the gateway. */
  name?: string,
}

/** How a visitor liked a conversation. */
export type Rating = {
  /** 1 (bad) to 5 (good). */
  score: number,
  /** In their words: 1 to 2,000 bytes. */
  comment?: string,
}

/** The content of an entry: its kind and the fields that this kind uses. */
export type Content = {
  /** Says which of the other fields are there. */
  kind: EntryKind,
  /** 1 to 16,384 bytes of UTF-8 without NUL, for `text` and `note`. */
  text?: string,
  /** The new status, for `status`. */
  status?: ConversationStatus,
  /** The file, for `attachment`. Of what a client sends only its `id` counts. */
  attachment?: Attachment,
  /** To whom, for `assignment`. */
  assignment?: Assignment,
  /** The visitor's verdict, for `rating`. */
  rating?: Rating,
  /** The new urgency, for `priority`. */
  priority?: Priority,
}

/** One entry of a conversation's log, as it is shown to somebody. */
export type Entry = {
  /** The log it belongs to. */
  conversation: ConversationId,
  /** The gateway's id for it. A resend that was routed twice may carry two ids until `stored` settles it. */
  id: EntryId,
  /** Its place in the log; absent while it is pending (routed, but not stored yet). */
  seq?: number,
  /** Who wrote it. */
  sender: Participant,
  /** The sender's idempotency key. `(sender.id, client_id)` names one entry for ever. */
  client_id: string,
  /** When the gateway took it. */
  at: number,
  /** What it says. */
  content: Content,
}

/** How far somebody has read: everything up to and including `seq`. */
export type ReadReceipt = {
  /** Who. */
  participant: Participant,
  /** The last entry they have seen. */
  seq: number,
}

/** How far a conversation's log goes. */
export type Head = {
  /** Which conversation. */
  conversation: ConversationId,
  /** The seq of its newest stored entry. */
  head: number,
}

/** A value that a site gives to an attribute or an event's property. */
export type Attribute = string | number | boolean | null

/** The visitor of a conversation, in a list. */
export type VisitorSummary = {
  /** Which visitor. */
  id: VisitorId,
  /** The name they gave. */
  name?: string,
  /** The e-mail address they gave. Only agents get it. */
  email?: string,
  /** Whether the site vouched for who they are, with an identity token. */
  verified?: boolean,
}

/** The beginning of a conversation's newest message. */
export type Preview = {
  /** Which side wrote it. */
  from: ParticipantKind,
  /** Its first 140 characters; of an attachment, those of its name. */
  text: string,
}

/** An answer to one field of the pre-chat form. */
export type Answer = {
  /** The field's `key`. */
  key: string,
  /** What the visitor typed or chose; a checkbox answers `true` or `false`. */
  value: string,
}

/** A conversation in a list: what an inbox row shows, and the head that proves the list current. */
export type Summary = {
  /** Which conversation. */
  conversation: ConversationId,
  /** Where it stands. */
  status: ConversationStatus,
  /** Whose it is. */
  visitor: VisitorSummary,
  /** The department that the visitor asked for. */
  department?: DepartmentId,
  /** The agent whose conversation it is; absent while it is nobody's. */
  assignee?: MemberId,
  /** How urgent its agents find it; absent: nobody has said. Only agents get it. */
  priority?: Priority,
  /** The visitor's newest rating, 1 to 5. */
  rating?: number,
  /** The seq of the newest stored entry; 0 for an empty log. */
  head: number,
  /** The newest message that the receiver may see, cut to 140 characters; of an attachment, its name. */
  preview?: Preview,
  /** How far the visitor has read. */
  visitor_read: number,
  /** How far any agent has read. The inbox shows `head - agent_read` as unread. */
  agent_read: number,
  /** When it was started. */
  created_at: number,
  /** When its newest entry was stored; the inbox is ordered by it, newest first. */
  updated_at: number,
  /** The visitor's answers to the pre-chat form, in the form's order. Only agents get them. */
  answers?: Array<Answer>,
}

/** Whether an agent takes conversations: chosen by them, unlike presence, which is observed. */
export type AgentAvailability = "online" | "away"

/** A member as a visitor sees them. */
export type AgentCard = {
  /** Which member. */
  id: MemberId,
  /** Their name. */
  name: string,
}

/** A member as their colleagues see them. */
export type Colleague = {
  /** Which member. */
  id: MemberId,
  /** Their name. */
  name: string,
  /** What they chose. */
  availability: AgentAvailability,
  /** Whether they have a socket. */
  present: boolean,
}

/** A member as they see themselves. */
export type Member = {
  /** Which member. */
  id: MemberId,
  /** Their name. */
  name: string,
  /** The address they log in with. */
  email: string,
  /** What they may do. */
  role: Role,
}

/** A tenant, as its members see it. */
export type Organization = {
  /** Which tenant. */
  id: OrganizationId,
  /** Its name. */
  name: string,
}

/** The corner of the page that the bubble sits in. */
export type Position = "bottom-right" | "bottom-left"

/** Whether the window is light or dark. */
export type Theme = "auto" | "light" | "dark"

/** A span of a day on which somebody is there. A day may have several; a night is two, up to 24:00 and from 00:00. */
export type OpenHours = {
  /** The day of the week, 0 (Sunday) to 6. */
  day: number,
  /** The first minute, as `HH:MM`. */
  from: string,
  /** The first minute after, as `HH:MM`; `24:00` for the day's end. */
  to: string,
}

/** When somebody is to be expected. */
export type BusinessHours = {
  /** By whose clocks: a name of the IANA time zone database, as `Europe/Berlin`. */
  time_zone: string,
  /** The spans of a week; none: never. */
  days: Array<OpenHours>,
}

/** When the widget speaks first, and what it says. All conditions that are there must hold; once for each visitor. */
export type ProactiveRule = {
  /** Names it: lower-case letters, digits, `_` and `-`, unique among the rules. */
  id: string,
  /** What it says. */
  message: string,
  /** Whether the window opens; otherwise the message stands beside the bubble. */
  open: boolean,
  /**
   * The page's address without its fragment, `*` for any text; one that begins with `/` is held against path and
   * query alone.
   */
  url?: string,
  /** Seconds on the page, at least. */
  seconds?: number,
  /** How far down the page was scrolled, at least: percent of it, 1 to 100. */
  scroll?: number,
  /** Whether the pointer must have left the page at its top. */
  exit_intent: boolean,
  /** Visits of the site, this one included, at least. */
  visits?: number,
  /** Whether the visitor must have been on the site before, or must not. */
  returning?: boolean,
  /** The name of an event that the site must have tracked. */
  event?: string,
}

/** How a widget looks and behaves: what every visitor's browser is told. */
export type WidgetSettings = {
  /** `#RRGGBB`. */
  primary_color: string,
  /** Where the bubble sits. */
  position: Position,
  /** The bubble's icon: `chat`, `help` or `wave`. */
  bubble_icon: string,
  /** The line that greets a visitor at the top of an empty conversation. */
  greeting_message: string,
  /** What to say when no agent is online. */
  offline_message: string,
  /** Whether the window opens by itself. */
  auto_open: boolean,
  /** After how many seconds it does. */
  auto_open_delay: number,
  /** Whether agents' avatars are shown. */
  show_agent_avatars: boolean,
  /** Whether the visitor sees that an agent is typing. */
  show_typing_indicator: boolean,
  /** Whether agents see what a visitor types before it is sent: the widget sends drafts. */
  draft_preview: boolean,
  /** Whether the window is light or dark. */
  theme: Theme,
  /** The language that the widget speaks, one of the 16; absent: the visitor's browser decides. */
  language?: string,
  /** Texts in the place of the widget's own, by language and key. */
  strings: Strings,
  /** Whether a message makes a sound. */
  sounds: boolean,
  /** Whether a rating is asked for when a conversation ends. */
  ask_rating: boolean,
  /** Whether the form asks for an e-mail address while nobody is there, though it does not otherwise. */
  ask_email_away: boolean,
  /** When somebody is to be expected; absent: always. */
  hours?: BusinessHours,
  /** When the widget speaks first, and what it says. */
  rules: Array<ProactiveRule>,
}

/** A department that a visitor may choose. */
export type Department = {
  /** Which one. Absent in a `PUT` for one that is to be made. */
  id?: DepartmentId,
  /** Its name. */
  name: string,
}

/** What a field of the pre-chat form takes. */
export type FormFieldKind = "text" | "email" | "phone" | "select" | "checkbox" | "textarea"

/** One field of the pre-chat form. */
export type FormField = {
  /** Names the answer: lower-case letters, digits and `_`, unique in the form. */
  key: string,
  /** What the visitor reads. */
  label: string,
  /** What may be answered. */
  kind: FormFieldKind,
  /** Whether an answer is needed. */
  required: boolean,
  /** What may be chosen, for `select`. */
  options?: Array<string>,
}

/** The form before a conversation. */
export type Form = {
  /** Whether it is asked at all. */
  enabled: boolean,
  /** Its fields, in order. The keys `name`, `email` and `phone` also fill in who the visitor is. */
  fields: Array<FormField>,
}

/** Everything on the widget's settings page, read and replaced as one document. */
export type WidgetConfig = {
  /** The public key in the site's snippet. Read-only: ignored in a `PUT`. */
  widget_key: string,
  /** Whether the widget answers at all. */
  enabled: boolean,
  /** Its looks and behaviour. */
  settings: WidgetSettings,
  /** Hosts that may embed it, exactly (`shop.example`) or with subdomains (`*.shop.example`); empty means any. */
  allowed_domains: Array<string>,
  /** The departments, in order. One that is left out is deleted; its conversations keep going without one. */
  departments: Array<Department>,
  /** The pre-chat form. */
  form: Form,
}

/** An error as the wire and HTTP carry it. */
export type WireError = {
  /** What went wrong. */
  code: ErrorCode,
  /** Whether the same request may succeed later. */
  retryable: boolean,
  /** How long to wait before, in milliseconds; 0 when not retryable. */
  retry_ms: number,
  /** A sentence for whoever debugs the client. */
  text: string,
  /** The field at fault, for `bad_field`. */
  field?: string,
  /** The conversation that could not be resumed, where the request named several. */
  conversation?: ConversationId,
  /** The upload that this ends. */
  upload?: AttachmentId,
}

/** Which side a client speaks for. */
export type HelloRole = "visitor" | "agent"

/** The page that a visitor is on, as the browser tells it. */
export type Page = {
  /** `location.href`. */
  url?: string,
  /** `document.title`. */
  title?: string,
  /** `document.referrer`. */
  referrer?: string,
}

/** How far a client has a conversation's log. */
export type Cursor = {
  /** Which conversation. */
  conversation: ConversationId,
  /** The last seq up to which the client has every entry. Absent: send the latest page instead. */
  cursor?: number,
}

/** The first frame on a socket. */
export type Hello = {
  /** Which side this is. */
  role: HelloRole,
  /** The widget's public key, for a visitor; or the organization's id, which names its widget as well. */
  widget_key?: string,
  /**
   * The session's token: a visitor's from an earlier `welcome`, an agent's from a login. A visitor without one
   * gets a new session.
   */
  token?: string,
  /** Features of the protocol that this client understands. */
  features?: Array<string>,
  /** Name and version of the client, for the gateway's log: `widget/0.1.0`. */
  agent?: string,
  /** The page that a visitor is on. */
  page?: Page,
  /** The conversations that this client has open, and how far it has each: at most 500. */
  resume?: Array<Cursor>,
}

/** Asks for a `pong`. */
export type Ping = {
  /**
   * In a gateway's ping: how far the logs go that the socket follows, so that a client notices what it missed. At
   * most 500 at a time; the others come with later pings.
   */
  heads?: Array<Head>,
}

/** Answers a `ping`. */
export type Pong = Record<symbol, never>

/** Starts a conversation. */
export type Start = {
  /** The sender's idempotency key: the same one again answers with the same conversation. */
  client_id: string,
  /** The department that the visitor chose. */
  department?: DepartmentId,
  /** The answers to the pre-chat form. */
  answers?: Array<Answer>,
}

/** Adds an entry. */
export type Send = {
  /** To which conversation. */
  conversation: ConversationId,
  /** The sender's idempotency key: a resend with the same one is stored once. */
  client_id: string,
  /**
   * What it says. Visitors may send `text`, `attachment`, `rating` and the status `resolved`; agents `text`,
   * `note`, `attachment`, `status`, `assignment` and `priority`.
   */
  content: Content,
}

/** Stops following a conversation. */
export type Unfollow = {
  /** Which conversation. */
  conversation: ConversationId,
}

/** Asks for older entries. */
export type History = {
  /** Which conversation. */
  conversation: ConversationId,
  /** Entries with a smaller seq than this one. */
  before: number,
  /** At most so many, 1 to 100; 50 when absent. */
  limit?: number,
}

/** Says how far the sender has read. */
export type Read = {
  /** Which conversation. */
  conversation: ConversationId,
  /** The last entry seen. Smaller than an earlier one: ignored. Beyond the head: taken as the head. */
  seq: number,
}

/** Says that the sender is typing. Forgotten by receivers after 6 s without another. */
export type Typing = {
  /** Where. */
  conversation: ConversationId,
  /** Whether they started or stopped. */
  on: boolean,
  /** What a visitor has typed so far, when `welcome.visitor.settings.draft_preview` asks for it: at most 2,000 bytes. */
  draft?: string,
}

/** A place in the inbox: the last conversation of a page. */
export type InboxPlace = {
  /** Its `updated_at`. */
  updated_at: number,
  /** Its id, for those with the same time. */
  conversation: ConversationId,
}

/** Whose conversations are asked for. */
export type Assigned = {
  /** Which agent's; absent: nobody's. */
  member?: MemberId,
}

/**
 * Asks for a page of conversations by `updated_at`, newest first: an agent for the organization's, a visitor for their
 * own.
 */
export type Inbox = {
  /** Only those with this status. */
  status?: ConversationStatus,
  /** Only those that are this agent's, or nobody's. Agents only. */
  assigned?: Assigned,
  /** Only those of this department. Agents only. */
  department?: DepartmentId,
  /** Only those of this urgency. Agents only. */
  priority?: Priority,
  /** Only those of this visitor. Agents only; of the other filters only `status` goes with it. */
  visitor?: VisitorId,
  /** Only those after this place in the list: the previous page's `next`. */
  after?: InboxPlace,
  /** At most so many, 1 to 100; 50 when absent. */
  limit?: number,
}

/** A conversation as a client has it. */
export type Known = {
  /** Which one. */
  conversation: ConversationId,
  /** Its summary's `head`. */
  head: number,
  /** Its summary's `agent_read`. */
  agent_read: number,
}

/** Asks what has changed in a list of conversations, such as after a reconnect. */
export type InboxSync = {
  /** The conversations that the client has, and how far: at most 500. Ask again for others. */
  known?: Array<Known>,
  /**
   * The newest place in the client's list: what came behind it is told as well, known or not. Absent: only what is
   * in `known`.
   */
  newest?: InboxPlace,
}

/** Says whether the agent takes conversations. */
export type SetAvailability = {
  /** What they choose; kept until they choose again. */
  availability: AgentAvailability,
}

/** What can be watched. */
export type Watched = "visitors"

/** Follows something of the organization's that is not a conversation. */
export type Watch = {
  /** What. */
  what: Watched,
}

/** Stops watching. */
export type Unwatch = {
  /** What. */
  what: Watched,
}

/** Says who the visitor is, to the site that they are on. */
export type Identify = {
  /** What the site calls them. Unverified, unless `token` says the same. */
  external_id?: string,
  /** An identity token, signed by the site's server: from now on this browser is the person that it names. */
  token?: string,
  /** Their name. */
  name?: string,
  /** Their e-mail address. */
  email?: string,
  /** Their telephone number. */
  phone?: string,
  /** What else the site wants noted. */
  attributes?: Attributes,
}

/** Notes what is known of a visitor. What is left out stays. */
export type Update = {
  /** Which visitor: needed from an agent; from a visitor it must be left out, for it is they themselves. */
  visitor?: VisitorId,
  /** Their name. */
  name?: string,
  /** Their e-mail address. */
  email?: string,
  /** Their telephone number. */
  phone?: string,
  /** Attributes to set, each by its name; nil forgets one. Others stay. */
  attributes?: Attributes,
}

/** Something that happened, in the site's own words. */
export type Track = {
  /** What: one line of at most 200 bytes. */
  name: string,
  /** Its circumstances. */
  properties?: Attributes,
}

/** Asks for a conversation as an e-mail. */
export type Transcript = {
  /** Which conversation: one of the visitor's own. */
  conversation: ConversationId,
  /** To which address. */
  email: string,
}

/** Asks for all that is known of a visitor. */
export type Profile = {
  /** Which one. */
  visitor: VisitorId,
}

/** A place among found entries: the last one of a page. */
export type SearchPlace = {
  /** When it was taken. */
  at: number,
  /** Its conversation, for those of the same time. */
  conversation: ConversationId,
  /** Its place in the log. */
  seq: number,
}

/** Asks for entries by their words, newest first. */
export type Search = {
  /** The words: all of them, in any form; the last may be a beginning. `"just so"`, `-without`. At most 200 bytes. */
  query: string,
  /** Only those after this place in the list: the previous page's `next`. */
  after?: SearchPlace,
  /** At most so many, 1 to 100; 50 when absent. */
  limit?: number,
}

/** A place among contacts: the last one of a page. */
export type ContactPlace = {
  /** When they first came. */
  created_at: number,
  /** Who, for those of the same time. */
  visitor: VisitorId,
}

/** Asks for visitors of whom something is known, those who came last first. */
export type Contacts = {
  /**
   * Only those with words that begin with each of these: of their name, e-mail address, telephone number or external
   * id. At most 200 bytes.
   */
  query?: string,
  /** Only those that the site vouched for, or only the others. */
  verified?: boolean,
  /** Only those after this place in the list: the previous page's `next`. */
  after?: ContactPlace,
  /** At most so many, 1 to 100; 50 when absent. */
  limit?: number,
}

/** Begins to upload a file, or goes on with one that was begun with the same `client_id`. */
export type UploadOpen = {
  /** The conversation that the file is for. */
  conversation: ConversationId,
  /** The sender's idempotency key: the same one again finds the same upload. */
  client_id: string,
  /** The file's name, one line of at most 200 bytes. A path before it is cut off. */
  name: string,
  /** Its length in bytes, at least 1. */
  size: number,
  /** Its media type, one of `welcome.limits.upload_types`. */
  type: string,
  /** The SHA-256 of its bytes, as 64 hexadecimal digits in lower case. */
  sha256: string,
}

/** Bytes: MessagePack's `bin` on the wire, hexadecimal digits where the form is text, as in the vectors. */
export type Chunk = Uint8Array

/** A part of a file. */
export type UploadChunk = {
  /** Of which upload. */
  upload: AttachmentId,
  /** Where in the file its first byte stands: right behind the chunk before. */
  offset: number,
  /** 1 to 16,384 bytes. */
  bytes: Chunk,
}

/** Gives an upload up: what the gateway has of it is thrown away. */
export type UploadAbort = {
  /** Which one. */
  upload: AttachmentId,
}

/** A visitor who is on the site right now. */
export type LiveVisitor = {
  /** Who. */
  visitor: VisitorSummary,
  /** The page that they are on. */
  page?: Page,
  /** Since when they are here. */
  since: number,
  /** Their newest conversation that is not resolved, as far as the gateway has seen it. */
  conversation?: ConversationId,
}

/** What a browser shows of itself. */
export type Browser = {
  /** Its address. */
  ip_address?: string,
  /** Its `User-Agent` header. */
  user_agent?: string,
  /** What kind of device it runs on: `desktop`, `mobile`, `tablet`, `bot` or `other`; a later version may know more. */
  device_type?: string,
  /** The browser's name and major version. */
  browser?: string,
  /** The operating system. */
  os?: string,
  /** The country that its address is in: two letters (ISO 3166-1). */
  country?: string,
  /** The city, in English. */
  city?: string,
  /** Where it came from when the session began. */
  referrer?: string,
  /** When it was last seen. */
  last_seen_at: number,
}

/** A page that a visitor saw. */
export type PageView = {
  /** When. */
  at: number,
  /** What. */
  page: Page,
}

/** Something that a site tracked. */
export type TrackedEvent = {
  /** When. */
  at: number,
  /** What happened. */
  name: string,
  /** Its circumstances. */
  properties?: Attributes,
}

/** All that is known of a visitor. */
export type VisitorProfile = {
  /** Who. */
  visitor: VisitorSummary,
  /** The telephone number they gave. */
  phone?: string,
  /** What the site calls them: see `identify`. */
  external_id?: string,
  /** What the site and its agents noted of them. */
  attributes?: Attributes,
  /** The browser that was seen last. */
  browser?: Browser,
  /** When they first came. */
  created_at: number,
  /** The pages they have seen, newest first: at most 50. */
  pages: Array<PageView>,
  /** What the site tracked of them, newest first: at most 50. */
  events: Array<TrackedEvent>,
}

/** How many open conversations a department has. */
export type DepartmentCount = {
  /** Which department. */
  department: DepartmentId,
  /** How many. */
  open: number,
}

/** How many conversations an organization has. */
export type InboxCounts = {
  /** Those that somebody should answer. */
  open: number,
  /** Those that wait for the visitor. */
  pending: number,
  /** Those that come back later. */
  snoozed: number,
  /** Those that are over. */
  resolved: number,
  /** Of the open ones, those of the agent who asks. */
  mine: number,
  /** Of the open ones, those that are nobody's. */
  unassigned: number,
  /** The open ones by department; those without one, and departments without any, are left out. */
  departments?: Array<DepartmentCount>,
}

/** A part of a text in which something was found. */
export type SnippetPart = {
  /** The text, to be shown as it is. */
  text: string,
  /** Whether it is one of the words that were looked for. */
  found?: boolean,
}

/** An entry that was found by its words. */
export type SearchHit = {
  /** Its conversation. */
  conversation: ConversationId,
  /** Whose conversation that is. */
  visitor: VisitorSummary,
  /** Where that stands. */
  status: ConversationStatus,
  /** The entry's place in the log. */
  seq: number,
  /** When the gateway took it. */
  at: number,
  /** Who wrote it. */
  sender: Participant,
  /** What it is. */
  kind: EntryKind,
  /** The piece of its text that the words were found in, in parts. */
  snippet: Array<SnippetPart>,
}

/** A visitor of whom something is known. */
export type Contact = {
  /** Who. */
  visitor: VisitorSummary,
  /** Their telephone number. */
  phone?: string,
  /** What the site calls them. */
  external_id?: string,
  /** When they first came. */
  created_at: number,
}

/** What many sockets may send together. */
export type SharedLimits = {
  /** Frames in a second, on average. */
  frame_rate: number,
  /** Frames at once. */
  frame_burst: number,
  /** Bytes in a second, on average. */
  byte_rate: number,
  /** Bytes at once. */
  byte_burst: number,
}

/** The bounds that a client must keep. */
export type Limits = {
  /** Longest message to the gateway, in bytes. */
  frame_bytes: number,
  /** Longest text of an entry, in bytes of UTF-8. */
  text_bytes: number,
  /** How often the gateway pings, in milliseconds. */
  ping_ms: number,
  /** After how much silence the gateway, and a client, give a socket up, in milliseconds. */
  silence_ms: number,
  /** Most `send`s that may wait for their `stored` at once; beyond it the answer is `rate_limited`. */
  unstored_sends: number,
  /** Most bytes of their texts that may. */
  unstored_bytes: number,
  /** Frames that a session may send in a second, on average. */
  frame_rate: number,
  /** Frames that it may send at once. */
  frame_burst: number,
  /** Bytes that a session may send in a second, on average; those of upload chunks do not count. */
  byte_rate: number,
  /** Bytes that it may send at once. */
  byte_burst: number,
  /** Conversations that a session may start in a minute, on average. */
  start_rate: number,
  /** Conversations that it may start at once. */
  start_burst: number,
  /** Pages and tracked events that a session may tell in a second, on average. */
  visit_rate: number,
  /** Pages and tracked events that it may tell at once. */
  visit_burst: number,
  /** `update`s and `identify`s that a session may send in a second, on average. */
  update_rate: number,
  /** Those that it may send at once. */
  update_burst: number,
  /** Searches, for entries or contacts, that an agent's session may make in a second, on average. */
  search_rate: number,
  /** Those that it may make at once. */
  search_burst: number,
  /** What all sockets from one address may send together. */
  address: SharedLimits,
  /** What all sockets of one organization may. */
  organization: SharedLimits,
  /** Refusals for sending too much, in a second, that a socket may get on average; past it it is closed with 4005. */
  refusal_rate: number,
  /** Refusals that it may get at once. */
  refusal_burst: number,
  /** How long a new socket has until its `hello` is accepted, in milliseconds. */
  hello_ms: number,
  /** Bytes that may wait for a client that does not read; past it the socket is closed with 4001. */
  queue_bytes: number,
  /** Most cursors in a `hello`. */
  resume_cursors: number,
  /** Most conversations that a socket may follow. */
  followed: number,
  /** Longest file, in bytes; 0 where files are not taken. */
  upload_bytes: number,
  /** Longest chunk, in bytes. */
  upload_chunk_bytes: number,
  /** Most uploads that a session may have under way. */
  uploads_at_once: number,
  /** For how long an unfinished upload is kept that nobody goes on with, in milliseconds. */
  upload_expiry_ms: number,
  /** Bytes of files that a session may begin to upload in a second, on average. */
  upload_byte_rate: number,
  /** Bytes of files that it may begin at once. */
  upload_byte_burst: number,
  /** For how long a finished file is kept that no entry names, in milliseconds. */
  upload_unsent_ms: number,
  /** The media types of the files that are taken. */
  upload_types: Array<string>,
}

/** Who is there to answer. */
export type Availability = {
  /** Whether anybody is. */
  online: boolean,
  /** Some of those who are, at most 5; empty when avatars are switched off. */
  agents: Array<AgentCard>,
}

/** What a widget draws with. */
export type VisitorWelcome = {
  /** Who this browser is. */
  visitor: VisitorId,
  /** The name they gave, if they did. */
  name?: string,
  /** The session's token: keep it and send it with the next `hello`. Present when it is new. */
  token?: string,
  /** Whether the site vouched for who they are. */
  verified?: boolean,
  /** Until when the session lasts. */
  expires_at: number,
  /** Looks and behaviour. */
  settings: WidgetSettings,
  /** The pre-chat form. */
  form: Form,
  /** The departments that may be chosen. */
  departments: Array<Department>,
  /** Who is there to answer. */
  availability: Availability,
  /** Whether the gateway sends e-mail, so that `transcript` can be asked for. */
  transcripts: boolean,
  /** The visitor's newest conversation that is not resolved; its `replay` follows this frame. */
  conversation?: Summary,
}

/** What a console draws with. */
export type AgentWelcome = {
  /** Who this is. */
  member: Member,
  /** Of which organization. */
  organization: Organization,
  /** Its departments. */
  departments: Array<Department>,
  /** Those that this agent answers for. */
  own_departments?: Array<DepartmentId>,
  /** Whether this agent takes conversations. */
  availability: AgentAvailability,
  /** The organization's members, by name, this one among them: at most 200. */
  colleagues: Array<Colleague>,
}

/** Everything that a client needs to draw. */
export type Welcome = {
  /** The gateway's clock. */
  now: number,
  /** The features of the protocol that the gateway understands. */
  features: Array<string>,
  /** The bounds that a client must keep. */
  limits: Limits,
  /** For a visitor. */
  visitor?: VisitorWelcome,
  /** For an agent. */
  agent?: AgentWelcome,
}

/** The socket will be closed soon. */
export type Goaway = {
  /** Connect again after a random time up to this, in milliseconds, so that not all come at once. */
  within_ms: number,
}

/** A request was done. */
export type Done = Record<symbol, never>

/** A conversation was started, or had been with this `client_id`. The socket follows it from here on. */
export type Started = {
  /** The request's key. */
  client_id: string,
  /** The conversation. Its `head` is 0 unless it had been started before; a `replay` follows this frame. */
  conversation: Summary,
}

/** An entry was taken. */
export type Routed = {
  /** Where. */
  conversation: ConversationId,
  /** The sender's key. */
  client_id: string,
  /** The gateway's id. */
  id: EntryId,
  /** When it was taken. */
  at: number,
}

/** An entry has its place in the log. */
export type Stored = {
  /** Which log. */
  conversation: ConversationId,
  /** Its place. */
  seq: number,
  /** The id that it was stored under. */
  id: EntryId,
  /** Who sent it; with `client_id` this names the pending entry that it settles. */
  sender: Participant,
  /** The sender's key. */
  client_id: string,
  /** When the gateway first took it. */
  at: number,
}

/** A part of a conversation's log. The last page of a replay has `more: false`; live pushes come after it. */
export type Replay = {
  /** The conversation as it stands. */
  summary: Summary,
  /** Whether to forget what is held of this log and begin with this page: there was no cursor, or it was unknown. */
  reset: boolean,
  /** The entries after the cursor, oldest first; each has its seq. */
  entries: Array<Entry>,
  /** Whether another page follows. */
  more: boolean,
  /** How far everybody has read; in the last page. */
  read?: Array<ReadReceipt>,
}

/** A page of older entries. */
export type HistoryPage = {
  /** Which log. */
  conversation: ConversationId,
  /** The entries before the one asked for, oldest first. */
  entries: Array<Entry>,
  /** Whether there are older ones still. */
  more: boolean,
}

/** Somebody read up to an entry. */
export type ReadBy = {
  /** Where. */
  conversation: ConversationId,
  /** Who. */
  participant: Participant,
  /** Up to which entry. */
  seq: number,
}

/** Somebody is typing, or stopped. */
export type TypingBy = {
  /** Where. */
  conversation: ConversationId,
  /** Who. */
  participant: Participant,
  /** Whether they started or stopped. */
  on: boolean,
  /** What a visitor has typed so far. Only agents get it, and only where the organization wants it. */
  draft?: string,
}

/** A page of conversations. */
export type InboxPage = {
  /** The conversations, newest first. */
  conversations: Array<Summary>,
  /** Where the next page begins; absent on the last. */
  next?: InboxPlace,
  /** How many conversations there are of each kind: for agents, with the first page. */
  counts?: InboxCounts,
}

/** What has changed in a list. */
export type InboxChanges = {
  /** Conversations that are new to the list, or further than it knows them: oldest `updated_at` first. */
  changed: Array<Summary>,
  /** Conversations that are not there any more. */
  gone: Array<ConversationId>,
  /** Whether there are more: ask again, with these among the known. */
  more: boolean,
}

/** Who shares a bucket. */
export type Scope = "session" | "address" | "organization" | "unknown"

/** A bucket is empty: of this session, of its address or of its organization. */
export type Throttle = {
  /** Whose. */
  scope: Scope,
  /** When it takes the next frame, in milliseconds: send nothing before. */
  retry_ms: number,
}

/** Who the visitor is from now on. */
export type Identified = {
  /** Who. Another than before when a token was given: forget the logs that were held, they are somebody else's. */
  visitor: VisitorId,
  /** Whether the site vouched for it. */
  verified: boolean,
  /** Their name. */
  name?: string,
  /** Their newest conversation that is not resolved. When the visitor is another than before, its `replay` follows. */
  conversation?: Summary,
}

/** Who is on the site. */
export type Visitors = {
  /** Those who came last, newest first: at most 100. */
  visitors: Array<LiveVisitor>,
  /** How many there are in all. */
  total: number,
}

/** Somebody left the site. */
export type VisitorLeft = {
  /** Who. */
  visitor: VisitorId,
}

/** A page of entries that were found by their words. */
export type SearchPage = {
  /** The entries, newest first. */
  hits: Array<SearchHit>,
  /** Where the next page begins; absent on the last. */
  next?: SearchPlace,
}

/** A page of contacts. */
export type ContactsPage = {
  /** The contacts, those who came last first. */
  contacts: Array<Contact>,
  /** Where the next page begins; absent on the last. */
  next?: ContactPlace,
}

/** A conversation was erased: forget it. */
export type Gone = {
  /** Which one. */
  conversation: ConversationId,
}

/** An upload is open. */
export type UploadReady = {
  /** The request's key. */
  client_id: string,
  /** The upload. */
  upload: AttachmentId,
  /** What the gateway has of it: send from here on. */
  offset: number,
  /** So many bytes behind `offset` may be sent now. */
  credit: number,
}

/** An upload goes on. */
export type UploadCredit = {
  /** Which one. */
  upload: AttachmentId,
  /** What the gateway has of it. */
  offset: number,
  /**
   * So many bytes behind `offset` may be sent, those already on their way included. It never takes back what it
   * gave: `offset + credit` only grows.
   */
  credit: number,
}

/** A file is whole: its length, its SHA-256 and its type were checked. */
export type UploadDone = {
  /** The key that it was opened with. */
  client_id: string,
  /** The file: send it as the `attachment` of an entry. */
  attachment: Attachment,
}

/** `POST /api/signup`: a new organization and its owner. */
export type Signup = {
  /** The organization's name. */
  organization: string,
  /** The owner's name. */
  name: string,
  /** The address they log in with. */
  email: string,
  /** At least 10 characters. */
  password: string,
}

/** `POST /api/login`. */
export type Login = {
  /** The member's address. */
  email: string,
  /** Their password. */
  password: string,
  /** Which of their organizations; absent: the one that they have been a member of for longest. */
  organization?: OrganizationId,
}

/** `POST /api/organization/switch`: ends the session, and begins one with another organization of the same person. */
export type SwitchOrganization = {
  /** Which. */
  organization: OrganizationId,
}

/** Who is logged in: what sign-up, login, a switch and `GET /api/me` answer. */
export type Me = {
  /** The member. */
  member: Member,
  /** The organization that they are logged in to. */
  organization: Organization,
  /** All organizations that the same person is a member of, this one among them. */
  organizations: Array<Organization>,
}

/**
 * `GET|PUT /api/organization/search`: how entries are found by their words. For admins. After a change the words of all
 * entries are made anew, and those that were not reached yet are not found.
 */
export type SearchSettings = {
  /** The language that inflected words are found in, besides words as they stand: one of `SEARCH_LANGUAGES`. */
  language: string,
}

/** `GET|PUT /api/departments/:id/members`: who answers for a department. For admins. */
export type DepartmentMembers = {
  /** Members of the organization, at most `DEPARTMENT_MEMBERS`, each once. */
  members: Array<MemberId>,
}

/**
 * `GET /api/ratings`: how visitors liked their conversations. For admins. `?limit=`, 1 to 100 and 50 when absent, and
 * the previous page's `next` as `?after_at=` and `?after_conversation=`.
 */
export type RatingsPage = {
  /** The newest rating of each conversation, newest first. */
  ratings: Array<RatedConversation>,
  /** Where the next page begins; absent on the last one. */
  next?: RatingPlace,
  /** How many conversations were rated with each score, from 1 to 5; their sum is how many were rated. */
  counts: [number, number, number, number, number],
  /** The average of all; absent when there are none. */
  average?: number,
}

/** A conversation's newest rating. */
export type RatedConversation = {
  /** Which conversation. */
  conversation: ConversationId,
  /** Whose it is. */
  visitor: VisitorSummary,
  /** Which member's it is now; absent: nobody's. */
  assignee?: MemberId,
  /** 1 (bad) to 5 (good). */
  score: number,
  /** In the visitor's words. */
  comment?: string,
  /** When it was rated. */
  at: number,
}

/** A place among ratings: the last one of a page. */
export type RatingPlace = {
  /** When it was rated. */
  at: number,
  /** Its conversation, for those of the same time. */
  conversation: ConversationId,
}

/** What every failed HTTP request answers, with the status of its code. */
export type Failure = {
  /** What went wrong. */
  error: WireError,
}

/** What a client says, by name. */
export type ClientBodies = {
  hello: Hello
  ping: Ping
  pong: Pong
  identify: Identify
  update: Update
  page: Page
  track: Track
  start: Start
  send: Send
  follow: Cursor
  unfollow: Unfollow
  history: History
  read: Read
  transcript: Transcript
  typing: Typing
  set_availability: SetAvailability
  inbox: Inbox
  inbox_sync: InboxSync
  watch: Watch
  unwatch: Unwatch
  profile: Profile
  search: Search
  contacts: Contacts
  upload_open: UploadOpen
  upload_chunk: UploadChunk
  upload_abort: UploadAbort
}

/** What a gateway says, by name. */
export type ServerBodies = {
  welcome: Welcome
  ping: Ping
  pong: Pong
  error: WireError
  goaway: Goaway
  ok: Done
  throttle: Throttle
  identified: Identified
  started: Started
  routed: Routed
  entry: Entry
  stored: Stored
  replay: Replay
  history_page: HistoryPage
  read_by: ReadBy
  typing_by: TypingBy
  availability: Availability
  presence: Colleague
  inbox_page: InboxPage
  summary: Summary
  inbox_changes: InboxChanges
  visitors: Visitors
  live_visitor: LiveVisitor
  visitor_left: VisitorLeft
  visitor_profile: VisitorProfile
  search_page: SearchPage
  contacts_page: ContactsPage
  upload_ready: UploadReady
  upload_credit: UploadCredit
  upload_done: UploadDone
  gone: Gone
}
