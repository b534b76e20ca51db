const PATHS = {
  send: 'M12 19V5M5.5 11.5 12 5l6.5 6.5',
  down: 'm6 9.5 6 6 6-6',
  file: 'M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7Zm0 0v4h4',
  alert: 'M12 8v4.8M12 16.2v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
} as const

export type IconName = keyof typeof PATHS

/** A line drawing in the text's colour, 1.25 em high. Decoration only: what it means must stand beside it in words. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="cd-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
