const PATHS = {
  send: 'M12 19V5M5.5 11.5 12 5l6.5 6.5',
  down: 'm6 9.5 6 6 6-6',
  attach: 'm20 11.5-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.8 17a1.7 1.7 0 0 1-2.4-2.4l7.6-7.5',
  smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8.5 14c1.7 2.6 5.3 2.6 7 0M9 9.5v.1M15 9.5v.1',
  alert: 'M12 8v4.8M12 16.2v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
} as const

export type IconName = keyof typeof PATHS

export interface IconProps {
  name?: IconName
  /** Its lines, on 24 by 24, for one that has no name. */
  path?: string
}

/** A line drawing in the text's colour, 1.25 em high. Decoration only: what it means must stand beside it in words. */
export function Icon({ name, path = name && PATHS[name] }: IconProps) {
  return (
    <svg class="cd-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
