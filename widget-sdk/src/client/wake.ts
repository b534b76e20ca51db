/** What tells that a page or its network woke up: in browsers `window` itself. */
export interface WakeTarget {
  addEventListener(type: string, listener: (event: { readonly type: string }) => void): void
  removeEventListener(type: string, listener: (event: { readonly type: string }) => void): void
  /** Asked at `visibilitychange`. Without a document every one counts as becoming visible. */
  readonly document?: { readonly visibilityState: string }
}

// A machine that slept, a page from the back/forward cache, a changed network: each leaves sockets that look open and
// are dead. `visibilitychange` is fired at the document and bubbles up to the window.
const WAKING = ['online', 'pageshow', 'visibilitychange']

/** Calls `woke` whenever `target` tells of waking, until the returned function is called. */
export function onWake(target: WakeTarget, woke: () => void): () => void {
  const listener = (event: { readonly type: string }) => {
    if (event.type !== 'visibilitychange' || target.document?.visibilityState !== 'hidden') woke()
  }
  for (const type of WAKING) target.addEventListener(type, listener)
  return () => {
    for (const type of WAKING) target.removeEventListener(type, listener)
  }
}
