import type { Answer, Summary } from '@chatdesk/widget/client'
import { Avatar, clock, day } from '@chatdesk/widget/parts'
import type { ComponentChildren } from 'preact'
import { useLive } from '../../live.ts'
import { visitorName } from '../../names.ts'
import { Icon } from '../../parts/icon.tsx'

/** Who the visitor is and what they answered before the conversation. */
export function Details({ summary, onClose }: { summary: Summary; onClose: () => void }) {
  const { visitor, department, created_at } = summary
  // Who they are stands above already.
  const answers =
    summary.answers?.filter(({ value }) => value !== visitor.name && value !== visitor.email) ?? []
  const name = visitorName(visitor)
  const asked = useLive().departments.value.find(({ id }) => id === department)?.name
  return (
    <aside class="details" id="details" aria-label="Details">
      <button
        type="button"
        class="icon-button details-close"
        aria-label="Close the details"
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
      <div class="details-who">
        <Avatar id={visitor.id} name={name} />
        <h2>{name}</h2>
        {visitor.email && (
          <a class="details-mail" href={`mailto:${encodeURIComponent(visitor.email).replace('%40', '@')}`}>
            {visitor.email}
          </a>
        )}
      </div>
      <h3>Conversation</h3>
      <dl>
        <Line term="Started">
          {day(created_at, Date.now())}, {clock(created_at)}
        </Line>
        {asked && <Line term="Department">{asked}</Line>}
      </dl>
      {answers.length > 0 && (
        <>
          <h3>Before the chat</h3>
          <dl>
            {answers.map(answer => (
              <Line key={answer.key} term={termOf(answer.key)}>
                {answerText(answer)}
              </Line>
            ))}
          </dl>
        </>
      )}
    </aside>
  )
}

function Line({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div class="details-line">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** A key as a heading: the form may have changed since, so its labels cannot be asked. `order_number`: `Order number`. */
export function termOf(key: string): string {
  const words = key.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function answerText({ value }: Answer): string {
  return value === 'true' ? 'Yes' : value === 'false' ? 'No' : value
}
