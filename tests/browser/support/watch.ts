import type { Page } from '@playwright/test'

/**
 * What on the page has moved so far that nobody scrolled, right after input too: nothing makes a CLS of 0. What moves
 * within an open window, e.g. below a banner, is told apart by `inside`.
 */
export async function shifts(page: Page): Promise<{ inside: boolean; moved: string }[]> {
  return page.evaluate(
    () =>
      new Promise<{ inside: boolean; moved: string }[]>(resolve => {
        interface LayoutShift extends PerformanceEntry {
          value: number
          sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[]
        }
        const box = ({ x, y, width, height }: DOMRect) => [x, y, width, height].map(Math.round).join()
        const found: { inside: boolean; moved: string }[] = []
        const observer = new PerformanceObserver(list => {
          for (const { value, sources } of list.getEntries() as LayoutShift[]) {
            const moved = sources.map(
              ({ node, previousRect, currentRect }) =>
                `${node?.nodeName} ${box(previousRect)} to ${box(currentRect)}`,
            )
            // The page is not told of nodes in a shadow tree.
            const inside = sources.every(({ node }) => node === null)
            found.push({ inside, moved: `${value.toFixed(4)}: ${moved.join('; ')}` })
          }
        })
        // What happened before is told first; two frames later so is what just happened.
        observer.observe({ type: 'layout-shift', buffered: true })
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(found))))
      }),
  )
}

/** Everything of the page that a widget must leave alone, as one value to compare. */
export async function untouched(page: Page) {
  return page.evaluate(() => {
    const own = (element: Element) => element.localName !== 'chatdesk-widget'
    const styles = [...document.querySelectorAll('*')].filter(own).map(element => {
      const style = getComputedStyle(element)
      const values = [...style].map(name => `${name}: ${style.getPropertyValue(name)}`).join('; ')
      const box = element.getBoundingClientRect()
      return `${element.localName} ${[box.x, box.y, box.width, box.height]} ${values}`
    })
    const attributes = (element: Element) =>
      [...element.attributes].map(({ name, value }) => `${name}=${value}`)
    return {
      styles,
      attributes: [document.documentElement, document.head, document.body].map(attributes),
      head: document.head.innerHTML,
      sheets: [document.styleSheets.length, document.adoptedStyleSheets.length],
      title: document.title,
      address: location.href,
      history: history.length,
      listeners: [window.onmessage, window.onerror, window.onunload, window.onbeforeunload].map(String),
      scroll: [document.documentElement.scrollWidth, document.documentElement.scrollHeight, scrollX, scrollY],
    }
  })
}
