import type { ComponentChildren } from 'preact'

/** One thing that is known, below what it is called. Within a `dl`. */
export function Line({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div class="details-line">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}
