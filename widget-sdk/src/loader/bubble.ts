import type { Looks } from '../ui/shell.ts'
import css from './bubble.css?inline'
import { icon } from './icons.ts'

/** More than this many unread messages are shown as this many and a plus. */
const BADGE_MAX = 9

/** The element on the page that holds the whole widget, and the button that opens it. Takes no room in the layout. */
export class Bubble {
  readonly host = document.createElement('chatdesk-widget')
  readonly root = this.host.attachShadow({ mode: 'open' })
  readonly #button = document.createElement('button')
  readonly #badge = document.createElement('span')
  #unread = 0

  constructor(zIndex: number) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    this.root.adoptedStyleSheets = [sheet]
    this.host.hidden = true
    this.host.style.setProperty('--cd-z', String(zIndex))
    this.#button.type = 'button'
    this.#button.className = 'bubble'
    this.#badge.className = 'badge'
    this.#badge.setAttribute('aria-hidden', 'true')
    this.root.append(this.#button)
    this.open = false
  }

  /** The visitor's click, and the first sign that one is coming. */
  listen(click: () => void, intent: () => void): void {
    this.#button.addEventListener('click', click)
    for (const sign of ['pointerenter', 'pointerdown', 'focus']) this.#button.addEventListener(sign, intent)
  }

  /** Puts the bubble on the page, or paints it anew. */
  paint(looks: Looks): void {
    for (const [name, value] of Object.entries(looks.colors)) this.host.style.setProperty(name, value)
    this.host.dataset.side = looks.side
    const [front, back] = [icon(looks.icon), icon('down')]
    front.classList.add('face')
    back.classList.add('down')
    this.#button.replaceChildren(front, back, this.#badge)
    if (document.body) this.#attach()
    else addEventListener('DOMContentLoaded', this.#attach, { once: true })
  }

  set visible(visible: boolean) {
    this.host.hidden = !visible
  }

  set open(open: boolean) {
    this.#button.setAttribute('aria-expanded', String(open))
    this.#label()
  }

  /** Whether something is being loaded for a click that was made. */
  set busy(busy: boolean) {
    this.#button.setAttribute('aria-busy', String(busy))
  }

  set unread(count: number) {
    this.#unread = count
    this.#badge.textContent = count > BADGE_MAX ? `${BADGE_MAX}+` : count > 0 ? String(count) : ''
    this.#label()
  }

  focus(): void {
    this.#button.focus()
  }

  remove(): void {
    removeEventListener('DOMContentLoaded', this.#attach)
    this.host.remove()
  }

  #attach = (): void => {
    if (!this.host.isConnected) document.body.append(this.host)
  }

  #label(): void {
    const open = this.#button.getAttribute('aria-expanded') === 'true'
    const unread =
      this.#unread > 0 ? `, ${this.#unread} unread ${this.#unread === 1 ? 'message' : 'messages'}` : ''
    this.#button.setAttribute('aria-label', open ? 'Close chat' : `Open chat${unread}`)
  }
}
