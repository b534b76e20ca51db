import { type Drawing, draw } from './draw.ts'

const DRAWINGS: Record<string, Drawing> & { chat: Drawing } = {
  chat: {
    fill: 'M12 3c-5 0-9 3.5-9 8 0 2 1 4.3 2.7 5.8a7 7 0 0 1-1.2 3c-.3.5 0 1 .5 1 1.9-.2 3.5-.8 4.7-1.7 7 1.2 11.3-2.8 11.3-8 0-4.6-4-8.1-9-8.1Z',
  },
  help: { line: 'M8 8a4 4 0 1 1 6 3.5c-1.4.8-2 1.7-2 3.3M12 19v.1' },
  wave: {
    fill: 'M7 12h10v4a5 5 0 0 1-10 0Z',
    line: 'M8 13V7m2.7 5V4.5m2.7 7.5V5m2.6 8V7.5M16 15l2.5-3M19 3a4 4 0 0 1 2 2.3M3 18.5a4 4 0 0 0 2 2.3',
  },
}

/** What the bubble shows for the icon of that name; an unknown one is `chat`. */
export function drawing(name: string): Drawing {
  return (Object.hasOwn(DRAWINGS, name) && DRAWINGS[name]) || DRAWINGS.chat
}

/** The same as an element. */
export function icon(name: string): SVGSVGElement {
  return draw(drawing(name))
}
