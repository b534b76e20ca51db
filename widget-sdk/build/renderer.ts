import { join } from 'node:path'

const folder = join(import.meta.dirname, '../src/render')

/** Our own renderer under preact's names: it does what the widget needs of it, in a third of the bytes. */
export const RENDERER = [
  { find: /^preact$/, replacement: join(folder, 'preact.ts') },
  { find: /^preact\/hooks$/, replacement: join(folder, 'hooks.ts') },
  { find: /^preact\/jsx-(dev-)?runtime$/, replacement: join(folder, 'vnode.ts') },
  { find: /^preact\/test-utils$/, replacement: join(folder, 'test-utils.ts') },
]
