import type { Locator, Page } from '@playwright/test'
import { LOADS } from '../../../widget-sdk/src/words/speak.ts'
import type { Language } from '../../../widget-sdk/src/words/words.ts'

export { LANGUAGES, type Language } from '../../../widget-sdk/src/words/words.ts'

/** A language's texts, by key; `one()` of them with its values filled in. */
export async function texts(language: Language): Promise<Record<string, string>> {
  return (await LOADS[language]()) as Record<string, string>
}

/** Calls the page's `chatdesk`. */
export function chatdesk(page: Page, ...args: unknown[]): Promise<unknown> {
  return page.evaluate(
    given => (window as unknown as { chatdesk: (...args: unknown[]) => unknown }).chatdesk(...given),
    args,
  )
}

/** The window, whatever language it speaks. */
export function windowOf(page: Page): Locator {
  return page.locator('chatdesk-widget .window')
}

/** Everything in it that people read or hear: texts, labels, hints. */
export function said(place: Locator): Promise<string[]> {
  return place.evaluate(root => {
    const found: string[] = []
    const take = (text: string | null) => text?.trim() && found.push(text.trim())
    for (const element of [root, ...root.querySelectorAll('*')]) {
      if (!element.checkVisibility()) continue
      for (const name of ['aria-label', 'title', 'placeholder']) take(element.getAttribute(name))
      for (const child of element.childNodes) if (child instanceof Text) take(child.data)
    }
    return found
  })
}

/** What does not fit: texts that are cut, and what stands out of the window; as selectors with their texts. */
export function misfits(place: Locator): Promise<string[]> {
  return place.evaluate(root => {
    const frame = root.getBoundingClientRect()
    const found: string[] = []
    for (const element of root.querySelectorAll(
      'button, h2, label, p, .status, input, select, textarea, .cd-meta, .cd-day',
    )) {
      if (!element.checkVisibility() || element.closest('.cd-unseen, .unseen')) continue
      const box = element.getBoundingClientRect()
      const name = `${element.tagName.toLowerCase()}.${element.className} ${element.textContent?.slice(0, 60)}`
      if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(`out of the window: ${name}`)
      const cut =
        element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible'
      if (cut && element.clientWidth > 0) found.push(`cut: ${name}`)
      const spills = element instanceof HTMLButtonElement && element.scrollWidth > element.clientWidth + 1
      if (spills) found.push(`spills: ${name}`)
    }
    return found
  })
}
