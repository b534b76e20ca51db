import * as words from './words.ts'

/** How long to wait for what must come, in milliseconds. In a frame out of sight the browser draws nothing: for ever. */
const PATIENCE_MS = parent === window ? 8_000 : Number.POSITIVE_INFINITY

/** What can be seen of the widget, and what a visitor would do with it. */
export class Seen {
  /** The widget's own tree, once it is on the page. */
  get root(): ShadowRoot | undefined {
    return document.querySelector('chatdesk-widget')?.shadowRoot ?? undefined
  }

  /** The first element like this that is drawn, once there is one. */
  one(selector: string): Promise<HTMLElement> {
    return this.until(selector, () => {
      const all = [...(this.root?.querySelectorAll<HTMLElement>(selector) ?? [])]
      return all.find(element => element.getClientRects().length > 0)
    })
  }

  /** What `look` finds, once it does; `what` says what was waited for when it does not. */
  async until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const found = look()
      if (found) return found
      if (performance.now() > end) throw new Error(`not seen: ${what}`)
      await new Promise(requestAnimationFrame)
    }
  }

  /** The control that is called so, in the language that the widget speaks. */
  called(key: words.Key): Promise<HTMLElement> {
    const name = words.text(key)
    return this.until(`${key} (${name})`, () => {
      const controls =
        this.root?.querySelectorAll<HTMLElement>('button, a, input, textarea, [role=menuitem], label') ?? []
      return [...controls].find(
        control =>
          control.getClientRects().length > 0 &&
          (control.getAttribute('aria-label') ?? control.textContent)?.trim() === name,
      )
    })
  }

  /** Whether a text is on the screen. */
  shows(key: words.Key): boolean {
    return this.root?.querySelector('.window')?.textContent?.includes(words.text(key)) ?? false
  }

  async press(key: words.Key): Promise<void> {
    const control = await this.called(key)
    control.click()
  }

  /** Types into the field that is like this. */
  async type(selector: string, text: string): Promise<void> {
    const field = (await this.one(selector)) as HTMLInputElement | HTMLTextAreaElement
    field.focus()
    field.value = text
    field.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }))
  }

  /** Chooses files in the composer. */
  async attach(...files: File[]): Promise<void> {
    const field = await this.until(
      'the field for files',
      () => this.root?.querySelector<HTMLInputElement>('input[type=file]') ?? undefined,
    )
    const chosen = new DataTransfer()
    for (const file of files) chosen.items.add(file)
    field.files = chosen.files
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
}
