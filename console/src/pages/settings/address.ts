import type { Draft } from './draft.ts'

/**
 * Where the gateway serves a page with this widget on it, opened, and looking as the draft says. Another number of
 * `saves` makes another address, so that what is saved shows too.
 */
export function previewAddress(widgetKey: string, { settings }: Draft, saves: number): string {
  const looks = new URLSearchParams({ position: settings.position, autoOpen: 'true', autoOpenDelay: '0' })
  // Half a colour is what stands there while somebody types it.
  if (/^#[0-9a-f]{6}$/i.test(settings.primary_color)) looks.set('primaryColor', settings.primary_color)
  // The widget takes no blank greeting as an option: it shows the saved one then.
  if (settings.greeting_message.trim()) looks.set('greeting', settings.greeting_message)
  return `/preview/${encodeURIComponent(widgetKey)}?${looks}#${saves}`
}
