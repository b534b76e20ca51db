import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** So near to an end, in CSS pixels, counts as being there. */
const NEAR = 48
/** So near to the top the next older page is asked for. */
const TOP = 160

interface StickyScroll {
  /** Keys of the first and last item: what changed at which end. */
  first: string | undefined
  last: string | undefined
  /** The reader has just written the last item. */
  lastIsOwn: boolean
  /** The reader is near the top. */
  onTop: (() => void) | undefined
  /** The key of an item to go to, once it is there. */
  goal: string | undefined
}

const sizeOf = (list: HTMLElement) => `${list.clientWidth} ${list.clientHeight}`

/**
 * Keeps a scrolling list where its reader wants it: at the end while they are there, and still when older items come in
 * above. With a `goal` it goes to that item, once, when it is there. `away` tells that they are not at the end, and whether something new came since.
 */
export function useStickyScroll({ first, last, lastIsOwn, onTop, goal }: StickyScroll) {
  const ref = useRef<HTMLDivElement>(null)
  const held = useRef({ first, last, atEnd: true, height: 0, size: '' })
  const [away, setAway] = useState<'up' | 'new' | undefined>()
  const reached = useRef<string | undefined>(undefined)

  const toEnd = useCallback(() => {
    const list = ref.current
    if (list) {
      list.scrollTop = list.scrollHeight
      held.current.size = sizeOf(list)
    }
    held.current.atEnd = true
    setAway(undefined)
  }, [])

  const onScroll = useCallback(() => {
    const list = ref.current
    if (!list) return
    // A list of another size was scrolled by that, not by its reader.
    if (held.current.atEnd && held.current.size !== sizeOf(list)) return toEnd()
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR
    held.current.atEnd = atEnd
    setAway(now => (atEnd ? undefined : (now ?? 'up')))
    if (list.scrollTop < TOP) onTop?.()
  }, [onTop, toEnd])

  // At each drawing, for whatever it was that changed the height.
  useLayoutEffect(() => {
    const list = ref.current
    // Nothing can be told of a list that is not shown.
    if (!list?.clientHeight) return
    const was = held.current
    if (was.last !== last && lastIsOwn) was.atEnd = true
    if (was.atEnd) list.scrollTop = list.scrollHeight
    else if (was.first !== first) list.scrollTop += list.scrollHeight - was.height
    else if (was.last !== last) setAway('new')
    const item = goal !== reached.current && goal && list.querySelector(`[data-key="${CSS.escape(goal)}"]`)
    if (goal === undefined) reached.current = undefined
    if (item) {
      reached.current = goal
      item.scrollIntoView({ block: 'center' })
      was.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR
      setAway(now => (was.atEnd ? undefined : (now ?? 'up')))
    }
    held.current = { first, last, atEnd: was.atEnd, height: list.scrollHeight, size: sizeOf(list) }
    if (list.scrollTop < TOP) onTop?.()
  })

  // A keyboard that slides in must not hide the end; and a list that was not shown for a while begins there again.
  useLayoutEffect(() => {
    const list = ref.current
    if (!list || typeof ResizeObserver !== 'function') return
    let shown = true
    const observer = new ResizeObserver(() => {
      const appeared = !shown && list.clientHeight > 0
      shown = list.clientHeight > 0
      if (shown && (appeared || held.current.atEnd)) toEnd()
    })
    observer.observe(list)
    return () => observer.disconnect()
  }, [toEnd])

  return { ref, away, toEnd, onScroll }
}
