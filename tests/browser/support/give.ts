import type { JSHandle, Locator, Page } from '@playwright/test'
import type { MadeFile } from './made.ts'

/** What is carried when these files are pasted or dropped. */
export function transfer(page: Page, files: readonly MadeFile[]): Promise<JSHandle<DataTransfer>> {
  const made = files.map(({ name, mimeType, buffer }) => ({
    name,
    mimeType,
    text: buffer.toString('base64'),
  }))
  return page.evaluateHandle(files => {
    const carried = new DataTransfer()
    for (const { name, mimeType, text } of files) {
      const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
      carried.items.add(new File([bytes], name, { type: mimeType }))
    }
    return carried
  }, made)
}

/** Pastes files, with a text beside them if there is one. */
export async function paste(field: Locator, files: readonly MadeFile[], text?: string): Promise<void> {
  const carried = await transfer(field.page(), files)
  await field.evaluate(
    (field, { carried, text }) => {
      if (text !== undefined) carried.setData('text/plain', text)
      const event = { clipboardData: carried, bubbles: true, cancelable: true, composed: true }
      field.dispatchEvent(new ClipboardEvent('paste', event))
    },
    { carried, text },
  )
}
