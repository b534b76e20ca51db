import { FORM_KEY_BYTES } from '@chatdesk/widget/client'

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
  const base = cut(words.replace(/^_+/, ''), FORM_KEY_BYTES) || 'field'
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? '' : `_${n}`
    const key = cut(base, FORM_KEY_BYTES - suffix.length) + suffix
    if (!taken.has(key)) return key
  }
}

function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/_+$/, '')
}
