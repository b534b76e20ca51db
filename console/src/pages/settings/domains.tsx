import { ALLOWED_DOMAINS } from '@chatdesk/widget/client'
import { useState } from 'preact/hooks'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { DOMAIN_RULE, domainFrom } from './domain.ts'
import { Section, type SectionProps } from './section.tsx'

/** Where the widget may be embedded. */
export function Domains({ draft, errors, change }: SectionProps) {
  const { domains } = draft
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState<string>()
  const full = domains.length >= ALLOWED_DOMAINS

  /** Adds what was typed or pasted, several at once if there are several; what is no host stays in the input. */
  function add() {
    const parts = typed.split(/[\s,;]+/).filter(Boolean)
    const found = parts.map(part => ({ part, domain: domainFrom(part) }))
    const kept = found.filter(({ domain }) => !domain).map(({ part }) => part)
    const added = new Set([...domains, ...found.flatMap(({ domain }) => domain ?? [])])
    if (added.size > domains.length) change({ domains: [...added].slice(0, ALLOWED_DOMAINS) })
    setTyped(kept.join(' '))
    setWrong(kept.length > 0 ? DOMAIN_RULE : undefined)
  }

  return (
    <Section id="domains" lead="Sites that may show your widget. With an empty list, any site may.">
      {domains.length > 0 && (
        <ul class="chips">
          {domains.map((domain, i) => (
            <li key={domain} class={errors[`allowed_domains[${i}]`] ? 'chip wrong' : 'chip'}>
              {domain}
              <button
                type="button"
                aria-label={`Remove ${domain}`}
                onClick={() => change({ domains: domains.filter(other => other !== domain) })}
              >
                <Icon name="close" size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="add-line">
        <Field
          label="Add a domain"
          hint={full ? `At most ${ALLOWED_DOMAINS} domains.` : '*.shop.example stands for its subdomains.'}
          error={wrong ?? serverError(errors)}
        >
          {binding => (
            <input
              {...binding}
              class="input"
              inputMode="url"
              autocapitalize="none"
              autocomplete="off"
              spellcheck={false}
              placeholder="shop.example"
              disabled={full}
              value={typed}
              onInput={event => {
                setTyped(event.currentTarget.value)
                setWrong(undefined)
              }}
              // What stands there when the page is saved is meant to be saved.
              onBlur={add}
              onKeyDown={event => {
                if (event.key !== 'Enter') return
                event.preventDefault()
                add()
              }}
            />
          )}
        </Field>
        <button type="button" class="button" disabled={full} onClick={add}>
          Add
        </button>
      </div>
    </Section>
  )
}

function serverError(errors: Record<string, string>): string | undefined {
  const path = Object.keys(errors).find(key => key.startsWith('allowed_domains'))
  return path && errors[path]
}
