import { useEffect, useState } from 'preact/hooks'
import type { Errors } from './draft.ts'
import { SECTIONS, type SectionId } from './section.tsx'

const PATHS: Record<SectionId, RegExp | undefined> = {
  install: undefined,
  appearance: /^settings\.(primary_color|position|bubble_icon)/,
  messages: /^settings\.(greeting|offline)_message/,
  behaviour: /^(settings\.auto_open|enabled)/,
  departments: /^departments/,
  form: /^form/,
  domains: /^allowed_domains/,
}

/** The page's sections, to jump to; the one in sight is marked, and those with an error. */
export function SectionList({ errors }: { errors: Errors }) {
  const here = useSectionInSight()
  return (
    <nav class="section-list" aria-label="Sections">
      <ul>
        {SECTIONS.map(({ id, title }) => (
          <li key={id}>
            <button
              type="button"
              aria-current={here === id}
              onClick={() => {
                document.getElementById(id)?.scrollIntoView({ behavior: 'smooth' })
                document.getElementById(`${id}-title`)?.focus({ preventScroll: true })
              }}
            >
              {title}
              {Object.keys(errors).some(path => PATHS[id]?.test(path)) && (
                <span class="section-wrong">
                  <span class="unseen"> has an error</span>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function useSectionInSight(): SectionId {
  const [here, setHere] = useState<SectionId>(SECTIONS[0].id)
  useEffect(() => {
    const inSight = new Set<string>()
    const observer = new IntersectionObserver(
      changes => {
        for (const { target, isIntersecting } of changes) {
          if (isIntersecting) inSight.add(target.id)
          else inSight.delete(target.id)
        }
        const first = SECTIONS.find(({ id }) => inSight.has(id))
        if (first) setHere(first.id)
      },
      { rootMargin: '-80px 0px -55% 0px' },
    )
    for (const { id } of SECTIONS) {
      const section = document.getElementById(id)
      if (section) observer.observe(section)
    }
    return () => observer.disconnect()
  }, [])
  return here
}
