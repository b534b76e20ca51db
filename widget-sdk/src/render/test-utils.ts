// In tests this stands in for `preact/test-utils`.
import { settle } from './draw.ts'

/** Does something and brings all that follows from it to rest: at once, or when what was begun is done. */
export function act(step: () => unknown): Promise<void> {
  const result = step()
  settle()
  return Promise.resolve(result).then(settle)
}
