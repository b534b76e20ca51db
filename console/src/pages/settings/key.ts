import { KEY_CHARS } from './limits.ts'

/**
 * The key of a form field from its label: lower-case letters, digits and `_`, and none that is taken already.
 * `Größe (cm)` becomes `grosse_cm`.
 */
export function deriveKey(label: string, taken: ReadonlySet<string>): string {
  const words = label
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
  const base = cut(words.replace(/^_+/, ''), KEY_CHARS) || 'field'
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? '' : `_${n}`
    const key = cut(base, KEY_CHARS - suffix.length) + suffix
    if (!taken.has(key)) return key
  }
}

function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/_+$/, '')
}
