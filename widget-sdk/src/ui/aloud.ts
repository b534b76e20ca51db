/** How many things stand there at once: time enough for a screen reader to have read older ones. */
const KEPT = 3

/** What screen readers read out, politely and each thing once, wherever the keyboard is. */
export class Aloud {
  readonly element = document.createElement('div')

  constructor() {
    this.element.className = 'unseen'
    this.element.setAttribute('role', 'status')
    // Only what is new, not all that stands there.
    this.element.setAttribute('aria-atomic', 'false')
  }

  say(text: string): void {
    const line = document.createElement('p')
    line.dir = 'auto'
    line.textContent = text
    this.element.append(line)
    while (this.element.childElementCount > KEPT) this.element.firstChild?.remove()
  }

  /** What was said is of no more interest. */
  hush(): void {
    this.element.replaceChildren()
  }
}
