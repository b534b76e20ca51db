/**
 * Whether an address fits a rule's: `*` stands for any text, everything else for itself, and what begins with `/` is held
 * against path and query alone. The address's fragment never counts.
 */
export function fits(glob: string, address: URL): boolean {
  const { origin, pathname, search } = address
  const held = (glob.startsWith('/') ? '' : origin) + pathname + search
  const pattern = glob.split('*').map(part => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(held)
}
