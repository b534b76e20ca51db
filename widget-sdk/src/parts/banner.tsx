import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'

export interface BannerProps {
  /** `busy` spins; `warn` and `danger` are coloured. */
  tone: 'busy' | 'info' | 'warn' | 'danger'
  icon?: IconName
  /** What can be done about it. */
  action?: { label: string; run: () => void } | undefined
  children: ComponentChildren
}

/** One line across the top of a view about the state of all of it, e.g. of the connection. Announced politely. */
export function Banner({ tone, icon, action, children }: BannerProps) {
  return (
    <div class={`cd-banner cd-banner-${tone}`} role="status">
      {tone === 'busy' ? <span class="cd-spinner" aria-hidden="true" /> : <Icon name={icon ?? 'alert'} />}
      <span class="cd-banner-text">{children}</span>
      {action && (
        <button type="button" class="cd-link" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  )
}
