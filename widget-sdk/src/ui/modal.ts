import { useEffect, useState } from 'preact/hooks'

/** Where the window covers the page, as ui.css has it. */
const COVERING = '(max-width: 479px), (max-height: 439px)'
/** What Tab stops at. */
const STOPS = 'a[href], button, input, select, textarea, [tabindex="0"]'

/** The stops in an element that can be reached now, in order. */
function stops(frame: HTMLElement): HTMLElement[] {
  return [...frame.querySelectorAll<HTMLElement>(STOPS)].filter(
    stop => stop.tabIndex >= 0 && stop.checkVisibility() && !stop.closest('[inert], :disabled'),
  )
}

/**
 * Whether the window is a modal: where it covers the page, Tab goes round in it, since what it would lead to cannot be
 * seen. Beside the page it is none: Tab leads on to the bubble and the page, and back.
 */
export function useModal(frame: { current: HTMLElement | null }, open: boolean): boolean {
  const [covering, setCovering] = useState(() => matchMedia(COVERING).matches)
  useEffect(() => {
    const query = matchMedia(COVERING)
    const change = () => setCovering(query.matches)
    query.addEventListener('change', change)
    return () => query.removeEventListener('change', change)
  }, [])
  const modal = open && covering
  useEffect(() => {
    const element = frame.current
    if (!element || !modal) return
    const keydown = (event: KeyboardEvent) => {
      if (event.key !== 'Tab' || event.defaultPrevented) return
      const all = stops(element)
      const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]]
      const at = (element.getRootNode() as ShadowRoot).activeElement
      if (at !== from && !(event.shiftKey && at === element)) return
      event.preventDefault()
      to?.focus()
    }
    element.addEventListener('keydown', keydown)
    return () => element.removeEventListener('keydown', keydown)
  }, [modal])
  return modal
}
