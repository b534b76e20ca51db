// The console's icons: strokes on a 20-unit grid, drawn in the colour of the text around them.

const DRAWINGS = {
  inbox:
    'M3 11.5 5 4.8A1.8 1.8 0 0 1 6.7 3.5h6.6A1.8 1.8 0 0 1 15 4.8l2 6.7v3.2a1.8 1.8 0 0 1-1.8 1.8H4.8A1.8 1.8 0 0 1 3 14.7zM3 11.5h4l1 2h4l1-2h4',
  settings: 'M3.5 6h6M13.5 6h3M3.5 14h3M10.5 14h6M11.5 4v4M8.5 12v4',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  answer: 'M8 4.5 3.5 9 8 13.5M4 9h8a4.5 4.5 0 0 1 4.5 4.5V16',
  up: 'M5 12l5-5 5 5',
  down: 'M5 8l5 5 5-5',
  close: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  check: 'M4.5 10.5l3.7 3.7 7.3-8',
  reopen: 'M4 10a6 6 0 1 0 2-4.5M4 3.5V7h3.5',
  plus: 'M10 4.5v11M4.5 10h11',
  trash: 'M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5l.7 10.5h7.6l.7-10.5M8.5 8.5v4.5M11.5 8.5v4.5',
  copy: 'M7.5 7.5h8v8.5h-8zM12.5 7.5V4h-8v8.5h3',
  panel: 'M3.5 4.5h13v11h-13zM12 4.5v11',
  leave: 'M8 3.5H4.5v13H8M8.5 10h8M13.5 6.5 17 10l-3.5 3.5',
  alert: 'M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.2v.1',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  eye: 'M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  refresh: 'M16 10a6 6 0 1 1-2-4.5M16 3.5V7h-3.5',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4',
  download: 'M10 3.5v9M6 9l4 4 4-4M4 16.5h12',
  switch: 'M4 7h11M12 4l3 3-3 3M16 13H5M8 10l-3 3 3 3',
  mail: 'M3 5h14v10H3zM3.5 5.5 10 11l6.5-5.5',
  person: 'M10 3.5a3.25 3.25 0 1 0 0 6.5 3.25 3.25 0 0 0 0-6.5zM3.8 16.5a6.2 6.2 0 0 1 12.4 0',
  quiet: 'M4 4.5h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-5.5L7 16.5v-3H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z',
} as const

/** An icon's name. */
export type IconName = keyof typeof DRAWINGS

/** An icon, silent to screen readers: whatever holds it carries the label. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={DRAWINGS[name]} />
    </svg>
  )
}
