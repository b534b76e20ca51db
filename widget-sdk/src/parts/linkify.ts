/** A stretch of text; with `href` it is a link. */
export interface Piece {
  text: string
  href?: string
}

// Longer than any address that works, so that a hostile text costs no more than its length.
// Format characters (\p{Cf}: bidi overrides, zero-width marks) end a link: they can make it read as another address.
const CANDIDATE = /\b(?:https?:\/\/|www\.)[^\s<>"'`\p{Cf}\p{Cc}]{1,2000}/giu
const TRAILING = /[.,;:!?…*_~]/
const PAIRS: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

/** Cuts what belongs to the sentence, not to the address: closing punctuation and unpaired brackets. */
function trimmed(candidate: string): string {
  const counts: Record<string, number> = {}
  for (const char of candidate) counts[char] = (counts[char] ?? 0) + 1
  let end = candidate.length
  for (; end > 0; end--) {
    const last = candidate[end - 1] ?? ''
    const opening = PAIRS[last]
    const unpaired = opening !== undefined && (counts[last] ?? 0) > (counts[opening] ?? 0)
    if (!unpaired && !TRAILING.test(last)) break
    counts[last] = (counts[last] ?? 0) - 1
  }
  return candidate.slice(0, end)
}

function address(text: string): string | undefined {
  const full = /^www\./i.test(text) ? `https://${text}` : text
  let url: URL
  try {
    url = new URL(full)
  } catch {
    return undefined
  }
  // `https://bank.example@evil.example` reads as the bank's address: never a link.
  const plain = url.username === '' && url.password === ''
  return plain && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url.href : undefined
}

/** Splits a message's text into plain stretches and links. Only http and https addresses become links. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = []
  let done = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const link = trimmed(match[0])
    const href = address(link)
    if (!href) continue
    if (match.index > done) pieces.push({ text: text.slice(done, match.index) })
    pieces.push({ text: link, href })
    done = match.index + link.length
  }
  if (done < text.length) pieces.push({ text: text.slice(done) })
  return pieces
}

/** Most emoji that are shown large, and most UTF-16 units that they are looked for in. */
const LARGE = 3
const LARGE_LENGTH = 100
/** How what a reader takes for one emoji begins: a picture, a flag, a key. */
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{RI}{2}|[#*\d]\uFE0F?\u20E3)/u

/** Whether a message is one to three emoji and nothing else, so that it may be shown large. */
export function emojiOnly(text: string): boolean {
  // Firefox before 125 cannot tell, and shows them like any text.
  if (text.length > LARGE_LENGTH || !Intl.Segmenter) return false
  const signs = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment.trim()).filter(Boolean)
  return signs.length > 0 && signs.length <= LARGE && signs.every(sign => EMOJI.test(sign))
}
