import type { VisitorProfile, VisitorSummary } from '@chatdesk/widget/client'
import { Avatar } from '@chatdesk/widget/parts'
import { visitorName } from '../../names.ts'
import { Icon } from '../../parts/icon.tsx'
import { Line } from './line.tsx'

/** Who a visitor is: their name, and how to write to them. */
export function Who({ visitor }: { visitor: VisitorSummary }) {
  const name = visitorName(visitor)
  const { email, verified } = visitor
  return (
    <div class="details-who">
      <Avatar id={visitor.id} name={name} />
      <h2>{name}</h2>
      {email && (
        <a class="details-mail" href={`mailto:${encodeURIComponent(email).replace('%40', '@')}`}>
          {email}
        </a>
      )}
      {verified && (
        <span class="tag resolved">
          <Icon name="check" size={12} /> Verified
        </span>
      )}
    </div>
  )
}

/** What else is known of who they are. */
export function Facts({ profile }: { profile: VisitorProfile }) {
  const { phone, external_id, attributes = {} } = profile
  const named = Object.entries(attributes).filter(([, value]) => value !== null)
  if (!phone && !external_id && named.length === 0) return null
  return (
    <>
      <h3>Contact</h3>
      <dl>
        {phone && <Line term="Telephone">{phone}</Line>}
        {external_id && <Line term="Id of the site">{external_id}</Line>}
        {named.map(([name, value]) => (
          <Line key={name} term={name}>
            {String(value)}
          </Line>
        ))}
      </dl>
    </>
  )
}
