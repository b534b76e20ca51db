import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'

type Props = {
  title: string
  text?: ComponentChildren
  icon?: IconName
  /** Shows a spinner instead of an icon and announces the title. */
  busy?: boolean
  children?: ComponentChildren
}

/** What a pane shows when it has nothing to show: why, and what to do about it. */
export function Blank({ title, text, icon, busy, children }: Props) {
  if (busy) {
    return (
      <div class="blank" role="status">
        <span class="spinner" />
        <p>{title}</p>
      </div>
    )
  }
  return (
    <div class="blank">
      {icon && (
        <span class="blank-icon">
          <Icon name={icon} size={26} />
        </span>
      )}
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  )
}
