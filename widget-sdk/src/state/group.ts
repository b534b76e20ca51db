import type { Participant } from '../client/index.ts'
import type { LogItem } from './log.ts'

/** What a log is shown as: day lines, runs of one sender's messages, and events such as a change of status. */
export type Block =
  | { readonly type: 'day'; readonly key: string; readonly at: number }
  | {
      readonly type: 'run'
      readonly key: string
      readonly sender: Participant
      readonly mine: boolean
      readonly items: readonly LogItem[]
    }
  | { readonly type: 'event'; readonly key: string; readonly item: LogItem }

/** Groups items for display. A run ends at another sender, another day, an event, or 5 minutes of silence. */
export declare function group(items: readonly LogItem[]): Block[]
