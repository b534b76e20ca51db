import { useLayoutEffect } from 'preact/hooks'

const sheets = new Map<string, CSSStyleSheet>()

/** Gives the tree that an element stands in a style sheet, once: for parts that are loaded on demand. */
export function useSheet(ref: { current: Element | null }, css: string): void {
  useLayoutEffect(() => {
    const root = ref.current?.getRootNode()
    if (!(root instanceof ShadowRoot || root instanceof Document)) return
    const sheet = sheets.get(css) ?? new CSSStyleSheet()
    if (!sheets.has(css)) sheet.replaceSync(css)
    sheets.set(css, sheet)
    if (!root.adoptedStyleSheets.includes(sheet))
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
  }, [])
}
