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
  /** Something that comes and goes stands after the last item. */
  tail: boolean
  /** The reader is near the top. */
  onTop: (() => void) | undefined
}

/**
 * Keeps a scrolling list where its reader wants it: at the end while they are there, and still when older items come in
 * above. `away` tells that they are not at the end, and whether something new came since.
 */
export function useStickyScroll({ first, last, lastIsOwn, tail, onTop }: StickyScroll) {
  const ref = useRef<HTMLDivElement>(null)
  const held = useRef({ first, last, atEnd: true, height: 0 })
  const [away, setAway] = useState<'up' | 'new' | undefined>()

  const toEnd = useCallback(() => {
    const list = ref.current
    if (list) list.scrollTop = list.scrollHeight
    held.current.atEnd = true
    setAway(undefined)
  }, [])

  const onScroll = useCallback(() => {
    const list = ref.current
    if (!list) return
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR
    held.current.atEnd = atEnd
    setAway(now => (atEnd ? undefined : (now ?? 'up')))
    if (list.scrollTop < TOP) onTop?.()
  }, [onTop])

  useLayoutEffect(() => {
    const list = ref.current
    if (!list) return
    const was = held.current
    if (was.last !== last && lastIsOwn) was.atEnd = true
    if (was.atEnd) list.scrollTop = list.scrollHeight
    else if (was.first !== first) list.scrollTop += list.scrollHeight - was.height
    else if (was.last !== last) setAway('new')
    held.current = { first, last, atEnd: was.atEnd, height: list.scrollHeight }
    if (list.scrollTop < TOP) onTop?.()
  }, [first, last, tail, onTop, lastIsOwn])

  // A keyboard that slides in, or a form that grows, must not hide the end.
  useLayoutEffect(() => {
    const list = ref.current
    if (!list || typeof ResizeObserver !== 'function') return
    const observer = new ResizeObserver(() => {
      if (held.current.atEnd) list.scrollTop = list.scrollHeight
    })
    observer.observe(list)
    return () => observer.disconnect()
  }, [])

  return { ref, away, toEnd, onScroll }
}
