import type { KeyValue } from '../client/index.ts'

/** The browser's storage, or undefined where even asking for it is refused (sandboxed frames, blocked cookies). */
export function storage(area: 'localStorage' | 'sessionStorage'): KeyValue | undefined {
  try {
    return window[area]
  } catch {
    return undefined
  }
}
