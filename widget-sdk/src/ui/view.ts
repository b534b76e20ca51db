import type { Answer, Availability, Department, Form, WidgetSettings, WireError } from '../client/index.ts'
import type { Connection } from '../loader/events.ts'
import { isMessage, type LogView } from '../state/index.ts'
import { SETTINGS } from './looks.ts'

/** What the window draws. Immutable: a change makes a new one. */
export interface ChatView {
  /** Whether the window is shown. */
  readonly open: boolean
  readonly connection: Connection
  /** Whether the gateway has said how to draw; what follows are defaults until then. */
  readonly ready: boolean
  readonly settings: WidgetSettings
  readonly form: Form
  readonly departments: readonly Department[]
  readonly availability: Availability
  /** Whether somebody is there to answer, within the hours. */
  readonly online: boolean
  /** In words when the hours begin again; absent within them. */
  readonly back: string | undefined
  /** Whether a conversation can be had by e-mail. */
  readonly transcripts: boolean
  /** The name that the visitor gave earlier. */
  readonly name: string | undefined
  /** What the organization says first in the next conversation, when it spoke unasked. */
  readonly greeting: string | undefined
  /** How often the page has put a text into the composer. */
  readonly prefilled: number
  /** The conversation that is shown. */
  readonly log: LogView | undefined
  /** How many messages are unread in conversations that are open and not shown. */
  readonly elsewhere: number
  /** Whether the visitor writes on in a conversation that is over. */
  readonly resumed: boolean
  /** The conversation was begun while nobody was there: where to answer to, if that was said. */
  readonly left: { readonly email?: string } | undefined
  /** What was written before there was a conversation to send it to. */
  readonly waiting: readonly string[]
  /** Files that were chosen, until they are on their way. */
  readonly files: readonly File[]
  /** Whether a conversation is being started, and with which answers the latest was. */
  readonly starting: boolean
  readonly answers: readonly Answer[]
  /** The gateway takes something only later: it is tried again. */
  readonly slow: boolean
  /** Why the last start was refused. */
  readonly refused: WireError | undefined
}

/** The view before the gateway has said anything. */
export const NOTHING: ChatView = {
  open: false,
  connection: 'idle',
  ready: false,
  settings: SETTINGS,
  form: { enabled: false, fields: [] },
  departments: [],
  availability: { online: false, agents: [] },
  online: true,
  back: undefined,
  transcripts: false,
  name: undefined,
  greeting: undefined,
  prefilled: 0,
  log: undefined,
  elsewhere: 0,
  resumed: false,
  left: undefined,
  waiting: [],
  files: [],
  starting: false,
  answers: [],
  slow: false,
  refused: undefined,
}

/** What is known of somebody new: nothing of what the one before said. */
export const UNKNOWN = {
  waiting: [],
  answers: [],
  starting: false,
  name: undefined,
  greeting: undefined,
  refused: undefined,
  left: undefined,
} satisfies Partial<ChatView>

/** What a message is called while there is no conversation to send it to. */
export function waitingId(index: number): string {
  return `waiting-${index}`
}

/**
 * Whether a conversation is over. Its newest change of status says so, unless the visitor has written since, which opens it
 * again; the summary, when both lie further back.
 */
export function resolved(log: LogView): boolean {
  const newest = log.items.findLast(
    ({ entry: { content, sender }, status }) =>
      content.kind === 'status' || (sender.kind === 'visitor' && isMessage(content) && status !== 'failed'),
  )
  return (newest ? newest.entry.content.status : log.summary?.status) === 'resolved'
}
