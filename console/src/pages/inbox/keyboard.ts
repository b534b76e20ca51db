// Keys of the inbox: j and k, or the arrows, go through the list; Enter opens, as on any link, and Escape leads back from
// writing to the list.

/** Where letters are typed, and no command. */
export const TYPED_INTO = 'textarea, select, input:not([type=radio], [type=checkbox]), [contenteditable]'

const STEPS: Record<string, number> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }

/**
 * Moves the focus to the next or previous link of `list`, from the one that has it, or else from the one that is open.
 * Letters work wherever nothing is being typed; arrows only within the list, elsewhere they scroll.
 */
export function moveByKey(event: KeyboardEvent, list: HTMLElement): void {
  const step = STEPS[event.key]
  if (step === undefined || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  const target = event.target as HTMLElement
  if (target.closest(TYPED_INTO)) return
  if (event.key.startsWith('Arrow') && !list.contains(target)) return
  const links = [...list.querySelectorAll<HTMLAnchorElement>('a')]
  const focused = links.indexOf(document.activeElement as HTMLAnchorElement)
  const from = focused >= 0 ? focused : links.findIndex(link => link.hasAttribute('aria-current'))
  // With neither, the first key goes to the first link, whichever key it is.
  const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), links.length - 1)
  event.preventDefault()
  links[to]?.focus()
}

/** Gives the focus back to the conversation that is open, when Escape is pressed where one writes. */
export function returnByKey(event: KeyboardEvent, list: HTMLElement): void {
  const writing = (event.target as HTMLElement).closest('textarea')
  if (event.key !== 'Escape' || event.isComposing || !writing) return
  list.querySelector<HTMLAnchorElement>('a[aria-current]')?.focus()
}
