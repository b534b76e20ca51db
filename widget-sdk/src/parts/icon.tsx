const PATHS = {
  send: 'M12 19V5M5.5 11.5 12 5l6.5 6.5',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'm6 9.5 6 6 6-6',
  back: 'm14.5 6-6 6 6 6',
  retry: 'M19 12a7 7 0 1 1-2.3-5.2L19 9M19 4.5V9h-4.5',
  alert: 'M12 8v4.8M12 16.2v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  done: 'm5 12.5 4.5 4.5L19 7.5',
  clock: 'M12 7v5l3.2 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
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
