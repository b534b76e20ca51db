/** Red, green and blue, each 0 to 255. */
type Rgb = readonly [number, number, number]

/** WCAG 2.2's least contrast of body text with its background. */
const TEXT_CONTRAST = 4.5
/** WCAG 2.2's least contrast of an icon with its background. */
const ICON_CONTRAST = 3
const WHITE = '#ffffff'
const INK = '#111827'

/** `#rgb` or `#rrggbb` as three numbers; undefined when it is neither. */
export function parseColor(color: string): Rgb | undefined {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(color)
  const long = short
    ? short.slice(1).map(digit => digit + digit)
    : /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(color)?.slice(1)
  if (!long) return undefined
  const [red = 0, green = 0, blue = 0] = long.map(part => Number.parseInt(part, 16))
  return [red, green, blue]
}

function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map(part => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as unknown as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The contrast ratio of two colours by WCAG 2.2: 1 (the same) to 21. What cannot be parsed counts as black. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [one, other]
    .map(color => luminance(parseColor(color) ?? [0, 0, 0]))
    .sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** White or near-black, whichever reads better on `background`. */
export function textOn(background: string): string {
  return contrast(background, WHITE) >= contrast(background, INK) ? WHITE : INK
}

function mix(color: string, towards: number, share: number): string {
  const parts = parseColor(color) ?? [0, 0, 0]
  return `#${parts
    .map(part =>
      Math.round(part + (towards - part) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

/** `color`, moved in small steps towards white or black until it stands out from `background` by `ratio`. */
function until(color: string, background: string, ratio: number): string {
  const towards = textOn(background) === WHITE ? 255 : 0
  let moved = color
  for (let step = 1; step <= 20 && contrast(moved, background) < ratio; step++) {
    moved = mix(color, towards, step / 20)
  }
  return moved
}

/** What is painted from an organization's one colour. */
export interface Palette {
  /** The colour itself: the bubble. */
  brand: string
  /** An icon on `brand`. */
  icon: string
  /** A surface that carries text: `brand`, or a little darker, so that `on` is readable. */
  fill: string
  /** Text on `fill`. */
  on: string
  /** `brand` as text or a line on a white surface. */
  onLight: string
  /** `brand` as text or a line on a near-black surface. */
  onDark: string
}

/**
 * The colours that follow from `brand` (`#rgb` or `#rrggbb`). Middling colours, which white text almost reads on, are
 * darkened until it does; light ones get dark text instead.
 */
export function palette(brand: string): Palette {
  const icon = contrast(brand, WHITE) >= ICON_CONTRAST ? WHITE : textOn(brand)
  const fill = icon === WHITE ? until(brand, WHITE, TEXT_CONTRAST) : brand
  return {
    brand,
    icon,
    fill,
    on: textOn(fill),
    onLight: until(brand, WHITE, TEXT_CONTRAST),
    onDark: until(brand, INK, TEXT_CONTRAST),
  }
}
