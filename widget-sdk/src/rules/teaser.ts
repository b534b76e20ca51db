import { draw } from '../loader/draw.ts'
import type { Stage } from './stage.ts'
import css from './teaser.css?inline'

/** A message beside the bubble: a click on it opens the window, a smaller button takes it away. */
export class Teaser {
  readonly #place = document.createElement('div')
  readonly #gone: () => void

  constructor({ root, looks, open }: Stage, message: string, gone: () => void) {
    this.#gone = gone
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
    this.#place.className = 'teaser'
    // The place is there before its words are, so that they are read out.
    this.#place.setAttribute('role', 'status')
    const say = button('say', () => open(true))
    say.dir = 'auto'
    const dismiss = button('dismiss', () => this.#dismiss(root))
    dismiss.ariaLabel = looks.labels.dismiss
    dismiss.append(draw({ line: 'M6 6l12 12M18 6 6 18' }))
    this.#place.addEventListener('keydown', event => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      this.#dismiss(root)
    })
    root.prepend(this.#place)
    requestAnimationFrame(() => {
      say.textContent = message
      this.#place.append(say, dismiss)
    })
  }

  remove(): void {
    this.#place.remove()
    this.#gone()
  }

  /** The keyboard goes on to the bubble, which comes next. */
  #dismiss(root: ShadowRoot): void {
    const inside = this.#place.contains(root.activeElement)
    this.remove()
    if (inside) root.querySelector<HTMLElement>('.bubble')?.focus()
  }
}

function button(name: string, click: () => void): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = name
  made.addEventListener('click', click)
  return made
}
