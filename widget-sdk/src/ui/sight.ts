/**
 * Whether an element on the page can really be seen: it lies within what the screen shows, also where the page is in a
 * frame, and nothing of the page lies over its middle.
 */
export class Sight {
  readonly #element: Element
  readonly #observer: IntersectionObserver
  #inside = true

  /** `changed` is told when it comes into the screen or leaves it; what covers it, nobody tells. */
  constructor(element: Element, changed: () => void) {
    this.#element = element
    this.#observer = new IntersectionObserver(
      entries => {
        this.#inside = entries.at(-1)?.isIntersecting ?? true
        changed()
      },
      { threshold: 0.5 },
    )
    this.#observer.observe(element)
  }

  get clear(): boolean {
    if (!this.#inside) return false
    const { left, top, width, height } = this.#element.getBoundingClientRect()
    const root = this.#element.getRootNode() as ShadowRoot
    return document.elementFromPoint(left + width / 2, top + height / 2) === root.host
  }

  close(): void {
    this.#observer.disconnect()
  }
}
