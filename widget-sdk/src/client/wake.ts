/** What tells that a page or its network woke up: in browsers `window` itself. */
export interface WakeTarget {
  addEventListener(type: string, listener: (event: { readonly type: string }) => void, capture: boolean): void
  removeEventListener(
    type: string,
    listener: (event: { readonly type: string }) => void,
    capture: boolean,
  ): void
  /** Asked at `visibilitychange`. Without a document every one counts as becoming visible. */
  readonly document?: { readonly visibilityState: string }
}

// A machine that slept, a page from the back/forward cache, a changed network: each leaves sockets that look open and
// are dead. Those that are fired at the document pass the window on their way there; `resume` does not come up again.
const WAKING = ['online', 'pageshow', 'resume', 'visibilitychange']

// Whoever leaves a page may come back to it: browsers keep it as it is, but not with a connection open.
const LEAVING = 'pagehide'

/** Calls `woke` whenever `target` tells of waking, and `left` when its page is left, until the returned function is called. */
export function onWake(target: WakeTarget, woke: () => void, left: () => void): () => void {
  const listener = ({ type }: { readonly type: string }) => {
    if (type === LEAVING) left()
    else if (type !== 'visibilitychange' || target.document?.visibilityState !== 'hidden') woke()
  }
  for (const type of [...WAKING, LEAVING]) target.addEventListener(type, listener, true)
  return () => {
    for (const type of [...WAKING, LEAVING]) target.removeEventListener(type, listener, true)
  }
}
