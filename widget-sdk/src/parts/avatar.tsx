/** How many tints there are in `parts.css`. */
const TINTS = 6
/** Most avatars in a row; the rest is a number. */
const STACK = 3

/** The first letters of the first and last word of a name; `?` without one. */
export function initials(name: string | undefined): string {
  const words = (name ?? '').trim().split(/\s+/u).filter(Boolean)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  // By code point: a letter beyond the basic plane must not be cut in half.
  const letters = ends.map(word => [...(word ?? '')][0] ?? '').join('')
  return letters.toLocaleUpperCase() || '?'
}

function tint(id: string): number {
  let hash = 0
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) >>> 0
  return hash % TINTS
}

export interface AvatarProps {
  name: string | undefined
  /** Decides the tint, so that one person keeps theirs. Default: the name. */
  id?: string | undefined
  /** Shows a dot: green when true, grey when false. */
  online?: boolean
}

/** A person as their initials on a tint. The size follows `--cd-avatar` (default 32px). */
export function Avatar({ name, id, online }: AvatarProps) {
  return (
    <span class={`cd-avatar cd-tint-${tint(id ?? name ?? '')}`} title={name} aria-hidden="true">
      {initials(name)}
      {online !== undefined && <span class={online ? 'cd-dot cd-dot-on' : 'cd-dot'} />}
    </span>
  )
}

/** Several people, overlapping. */
export function AvatarStack({ people }: { people: readonly { id: string; name: string }[] }) {
  const more = people.length - STACK
  return (
    <span class="cd-stack">
      {people.slice(0, STACK).map(person => (
        <Avatar key={person.id} id={person.id} name={person.name} />
      ))}
      {more > 0 && (
        <span class="cd-avatar cd-more" aria-hidden="true">
          +{more}
        </span>
      )}
    </span>
  )
}
