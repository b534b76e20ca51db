import type { Page } from '@playwright/test'

/** How much the page has moved by itself so far: its cumulative layout shift, shifts after input included. */
export async function shifted(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>(resolve => {
        // What happened before is told first; two frames later so is what just happened.
        let sum = 0
        const observer = new PerformanceObserver(list => {
          for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value
        })
        observer.observe({ type: 'layout-shift', buffered: true })
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))))
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
