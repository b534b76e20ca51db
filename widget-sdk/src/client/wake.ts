/** What tells that a page or its network woke up: in browsers `window` itself. */
export interface WakeTarget {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
  /** Asked at `visibilitychange`. Without a document every one counts as becoming visible. */
  readonly document?: { readonly visibilityState: string }
}
