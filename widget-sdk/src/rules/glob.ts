/**
 * Whether an address fits a rule's: `*` stands for any text, everything else for itself, and what begins with `/` is held
 * against path and query alone. The address's fragment never counts.
 */
export function fits(glob: string, { origin, pathname, search }: URL): boolean {
  const held = (glob.startsWith('/') ? '' : origin) + pathname + search
  const [start = '', ...others] = glob.split('*')
  const end = others.pop()
  if (end === undefined) return held === start
  if (!held.startsWith(start)) return false
  // Each part where it first comes: no other place leaves more for those after it.
  let at = start.length
  for (const part of others) {
    const found = held.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return held.length - end.length >= at && held.endsWith(end)
}
