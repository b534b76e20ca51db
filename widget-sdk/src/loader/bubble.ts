import type { Looks } from '../ui/shell.ts'
import css from './bubble.css?inline'
import { draw } from './draw.ts'

/** More than this many unread messages are shown as this many and a plus. */
const BADGE_MAX = 9

/** The element on the page that holds the whole widget, and the button that opens it. Takes no room in the layout. */
export class Bubble {
  readonly host = document.createElement('chatdesk-widget')
  readonly root = this.host.attachShadow({ mode: 'open' })
  readonly #button = document.createElement('button')
  readonly #badge = document.createElement('span')
  /** What the button is called: while the window is open, and while it is closed. */
  #labels: Pick<Looks['labels'], 'open' | 'close'> = { open: '', close: '' }
  /** What it is called instead, while there are unread messages. */
  #unread = ''
  readonly #page = new MutationObserver(() => requestAnimationFrame(this.#attach))
  #removed = false

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
    this.#labels = looks.labels
    this.#unread &&= looks.labels.unread ?? ''
    this.#label()
    const [front, back] = [draw(looks.icon), draw({ line: 'm6 9 6 6 6-6' })]
    front.classList.add('face')
    back.classList.add('down')
    this.#button.replaceChildren(front, back, this.#badge)
    this.#attach()
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

  /** How many messages the visitor has not seen, and what the closed bubble is called then. */
  unread(count: number, label = ''): void {
    this.#unread = count > 0 ? label : ''
    this.#badge.textContent = count > BADGE_MAX ? `${BADGE_MAX}+` : count > 0 ? String(count) : ''
    this.#label()
  }

  focus(): void {
    this.#button.focus()
  }

  remove(): void {
    this.#removed = true
    this.#page.disconnect()
    this.host.remove()
  }

  /**
   * Puts the host behind the body once there is one, and again when the page has drawn itself anew and dropped it. Not
   * into the body: one that is turned or filtered takes what is fixed in it along, dialogs hide its children from screen
   * readers, apps replace it. Again not at once but with the next frame, so that a page that insists on taking it away is
   * not stopped by the quarrel.
   */
  #attach = (): void => {
    if (this.#removed) return
    const { body, documentElement } = document
    for (const place of [document, documentElement]) this.#page.observe(place, { childList: true })
    if (body && !this.host.isConnected) documentElement.append(this.host)
  }

  #label(): void {
    const open = this.#button.getAttribute('aria-expanded') === 'true'
    const { close, open: closed } = this.#labels
    this.#button.setAttribute('aria-label', open ? close : this.#unread || closed)
  }
}
