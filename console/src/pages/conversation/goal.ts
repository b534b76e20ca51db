import type { LogStore } from '@chatdesk/widget/state'
import { useEffect, useState } from 'preact/hooks'

/** How far one is from an entry that one was sent to. */
export type Way = 'none' | 'loading' | 'there' | 'missing' | 'failed'

/** How long a page is waited for that somebody else may be bringing, in milliseconds; then it is asked for again. */
const WAIT_MS = 100

/** The lowest seq of what is held; the log's view leaves placeholders out, which are never what one was sent to. */
function lowest({ view }: LogStore): number {
  return view.items.find(({ entry }) => entry.seq !== undefined)?.entry.seq ?? Infinity
}

/**
 * Brings older pages until the entry with this seq is held, or cannot be any more. Stops when `wanted` says no. Rejects
 * like `log.older`.
 */
export async function reach(log: LogStore, seq: number, wanted: () => boolean): Promise<boolean> {
  const held = () => log.view.items.some(({ entry }) => entry.seq === seq)
  let before = Infinity
  while (wanted() && !held() && log.view.hasOlder && lowest(log) > seq) {
    await log.older()
    // Nothing to see came: the page held placeholders alone, or somebody else brings it and it is on its way.
    if (lowest(log) === before) await changed(log)
    before = lowest(log)
  }
  return held()
}

/** Resolves at the next change, or after a moment. */
function changed(log: LogStore): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      off()
      clearTimeout(timer)
      resolve()
    }
    const off = log.subscribe(done)
    const timer = setTimeout(done, WAIT_MS)
  })
}

/** Goes to the entry with this seq, once the log is `ready`; `again` tries once more after a failure. */
export function useGoal(log: LogStore, seq: number | undefined, ready: boolean) {
  const [way, setWay] = useState<Way>('none')
  const [tries, setTries] = useState(0)
  useEffect(() => {
    if (seq === undefined) return setWay('none')
    if (!ready) return
    let wanted = true
    setWay('loading')
    reach(log, seq, () => wanted).then(
      there => wanted && setWay(there ? 'there' : 'missing'),
      () => wanted && setWay('failed'),
    )
    return () => {
      wanted = false
    }
  }, [log, seq, ready, tries])
  return { way, again: () => setTries(tries + 1) }
}
