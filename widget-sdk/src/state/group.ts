import type { EntryKind, Participant } from '../client/index.ts'
import type { LogItem } from './log.ts'

/** What a log is shown as: day lines, runs of one sender's messages, and events: changes of status or of hands, ratings. */
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

/** The longest silence within a run, in milliseconds. */
export const RUN_GAP_MS = 5 * 60 * 1000

/** What is said, and not done: it stands in runs. */
const SAID: readonly EntryKind[] = ['text', 'note', 'attachment']

/** Groups items for display. A run ends at another sender, between notes and messages, another day, an event, or 5 minutes of silence. */
export function group(items: readonly LogItem[]): Block[] {
  const blocks: Block[] = []
  let day = ''
  let run: LogItem[] = []
  for (const item of items) {
    const { at, content, sender } = item.entry
    const date = new Date(at).toDateString()
    if (date !== day) {
      day = date
      run = []
      blocks.push({ type: 'day', key: `day:${item.key}`, at })
    }
    const last = run.at(-1)?.entry
    if (!SAID.includes(content.kind)) {
      run = []
      blocks.push({ type: 'event', key: item.key, item })
    } else if (
      last?.sender.id === sender.id &&
      (last.content.kind === 'note') === (content.kind === 'note') &&
      at - last.at <= RUN_GAP_MS
    ) {
      run.push(item)
    } else {
      run = [item]
      blocks.push({ type: 'run', key: item.key, sender, mine: item.mine, items: run })
    }
  }
  return blocks
}
