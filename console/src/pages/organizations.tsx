import type { Organization, OrganizationId } from '@chatdesk/widget/client'
import { useRef, useState } from 'preact/hooks'
import { change } from '../account.ts'
import { Icon } from '../parts/icon.tsx'

type Props = {
  all: readonly Organization[]
  current: OrganizationId
  /** Told what went wrong with going to another one; with nothing when it is tried again. */
  onFailed: (error: unknown) => void
}

/** The organizations that one is a member of, to go from one to another. */
export function Organizations({ all, current, onFailed }: Props) {
  const [going, setGoing] = useState<OrganizationId>()
  // At once, where the state is drawn later: each switch ends the session that the next one would need.
  const busy = useRef(false)

  async function go(organization: OrganizationId) {
    if (busy.current || organization === current) return
    busy.current = true
    setGoing(organization)
    onFailed(undefined)
    try {
      await change(organization)
    } catch (error) {
      onFailed(error)
    }
    busy.current = false
    setGoing(undefined)
  }

  return (
    <div class="organizations">
      <p class="organizations-title" id="organizations">
        Organizations
      </p>
      <ul aria-labelledby="organizations">
        {all.map(({ id, name }) => (
          <li key={id}>
            <button
              type="button"
              class="menu-item organization"
              aria-current={id === current ? 'true' : undefined}
              aria-disabled={going !== undefined}
              onClick={() => void go(id)}
            >
              <span class="organization-name">{name}</span>
              {id === current && <Icon name="check" size={16} />}
              {id === going && <span class="spinner" role="status" aria-label={`Going to ${name}`} />}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
