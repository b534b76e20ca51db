const SVG = 'http://www.w3.org/2000/svg'

/** A 24 by 24 drawing: `fill` is painted, `line` is stroked. */
interface Drawing {
  fill?: string
  line?: string
}

const DRAWINGS: Record<string, Drawing> = {
  chat: {
    fill: 'M12 3C6.9 3 3 6.5 3 11c0 2.3 1 4.3 2.7 5.8-.1 1.1-.5 2.2-1.2 3.1-.3.4 0 1 .5.9 1.9-.2 3.5-.8 4.7-1.7.7.1 1.5.2 2.3.2 5.1 0 9-3.5 9-8.1S17.1 3 12 3Z',
  },
  help: { line: 'M8.6 9a3.5 3.5 0 1 1 5.3 3c-1.3.8-1.9 1.5-1.9 2.9M12 19.2v.1' },
  wave: {
    line: 'M7.5 13.5 5.7 9.8M9.8 11.6 7.3 6.4M12.4 10.4 9.9 5.2M14.9 10.3 13.1 6.5M17.2 13.6c-.2-1.5.2-2.7 1.5-3.3M15.3 3.2c1.6.5 2.9 1.6 3.6 3.2M4.2 16.6c.5 1.5 1.6 2.8 3.1 3.5',
    fill: 'M6.4 13.2 14.6 9.3l3.1 4.1c1.5 2.9.5 5.9-2.1 7.1s-5.7.2-7.1-2.7Z',
  },
  down: { line: 'm6 9.5 6 6 6-6' },
}

/** An icon of the bubble; an unknown name draws `chat`. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const drawing = (Object.hasOwn(DRAWINGS, name) && DRAWINGS[name]) || DRAWINGS.chat
  for (const [kind, d] of Object.entries(drawing ?? {})) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('class', kind)
    path.setAttribute('d', d)
    svg.append(path)
  }
  return svg
}
