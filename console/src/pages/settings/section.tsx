import type { ComponentChildren } from 'preact'
import type { Draft, Errors } from './draft.ts'

/** What every section edits. */
export type SectionProps = {
  draft: Draft
  errors: Errors
  change: (change: Partial<Draft>) => void
}

/** The sections, in the order of the page. */
export const SECTIONS = [
  { id: 'install', title: 'Installation' },
  { id: 'appearance', title: 'Appearance' },
  { id: 'messages', title: 'Messages' },
  { id: 'behaviour', title: 'Behaviour' },
  { id: 'departments', title: 'Departments' },
  { id: 'form', title: 'Pre-chat form' },
  { id: 'domains', title: 'Allowed domains' },
] as const

/** A section's name in the page's address and order. */
export type SectionId = (typeof SECTIONS)[number]['id']

type Props = { id: SectionId; lead: string; children: ComponentChildren }

/** A card of the settings page. */
export function Section({ id, lead, children }: Props) {
  return (
    <section class="card" id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`} tabIndex={-1}>
          {SECTIONS.find(section => section.id === id)?.title}
        </h2>
        <p class="card-lead">{lead}</p>
      </header>
      {children}
    </section>
  )
}
