/** Longest text that a page reports about itself, a draft among them, in bytes: the gateway refuses a longer one. */
const REPORTED_BYTES = 2_000

/** As much of a text as fits `bytes`, without half a character at its end, and without NUL, which is refused too. */
export function cut(reported: string, bytes = REPORTED_BYTES): string {
  const text = reported.replaceAll('\0', '')
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read)
}
