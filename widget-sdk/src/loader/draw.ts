const SVG = 'http://www.w3.org/2000/svg'

/** A drawing on 24 by 24 units: `fill` is painted, `line` is stroked. */
export type Drawing = Partial<Record<'fill' | 'line', string>>

/** The drawing as an element. */
export function draw(drawing: Drawing): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  for (const [kind, d] of Object.entries(drawing)) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('class', kind)
    path.setAttribute('d', d)
    svg.append(path)
  }
  return svg
}
