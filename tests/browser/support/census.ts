import { expect, type Page } from '@playwright/test'
import { problemsOf } from './fixtures.ts'

/** What a page shows: its text, what it is made of, and whatever could act. */
export interface Census {
  /** All text, and all that fields hold, without anything between elements. */
  text: string
  tags: string[]
  /** Attributes that run or fetch something, as `tag attribute=value`. */
  active: string[]
}

/** Takes the census of a document and its open shadow trees; with a selector, of those elements only. */
export function census(page: Page, within = ':root'): Promise<Census> {
  return page.evaluate(selector => {
    const tags = new Set<string>()
    const active = new Set<string>()
    const texts: string[] = []
    const walk = (node: Element | ShadowRoot) => {
      for (const element of node.querySelectorAll('*')) {
        tags.add(element.localName)
        for (const { localName, value } of element.attributes) {
          const handler = localName.startsWith('on') || localName === 'srcdoc'
          const address = ['href', 'src', 'action', 'formaction', 'data', 'poster'].includes(localName)
          const harmless = /^(?:https?:|mailto:|tel:|[/#]|blob:|$)/iu.test(value)
          if (handler || (address && !harmless)) active.add(`${element.localName} ${localName}=${value}`)
        }
        if (element.shadowRoot) walk(element.shadowRoot)
        if ('value' in element) texts.push(String(element.value))
      }
      texts.push(node.textContent ?? '')
    }
    for (const element of document.querySelectorAll(selector)) {
      if (element.shadowRoot) walk(element.shadowRoot)
      walk(element)
    }
    return { text: texts.join('\n'), tags: [...tags].sort(), active: [...active] }
  }, within)
}

/** Expects that all of `strings` are shown just as they are, in a page made of nothing but what a harmless one is. */
export function expectInert(seen: Census, strings: readonly string[], harmless: Census): void {
  expect(strings.filter(text => !seen.text.includes(text))).toEqual([])
  expect(seen.tags.filter(tag => !harmless.tags.includes(tag))).toEqual([])
  expect(seen.active).toEqual(harmless.active)
}

/**
 * Notes whatever a page does that it must not: dialogs, windows, exceptions, forbidden things, foreign requests. `problems`
 * is where exceptions and forbidden things are noted already.
 */
export async function suspicions(
  page: Page,
  origins: readonly string[],
  problems?: string[],
): Promise<string[]> {
  const found = problems ?? (await problemsOf(page))
  page.on('dialog', dialog => {
    found.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('popup', popup => found.push(`window: ${popup.url()}`))
  page.on('request', request => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'blob:' && !origins.includes(origin)) found.push(`request: ${request.url()}`)
  })
  return found
}
