// What stands unsent in the composers, kept while the tab lives.

const PREFIX = 'chatdesk:console:draft:'

/** The text that stood at a place; empty when nothing did. */
export function keptDraft(place: string): string {
  return sessionStorage.getItem(PREFIX + place) ?? ''
}

/** Keeps the text at a place; an empty one is forgotten. */
export function keepDraft(place: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(PREFIX + place, text)
    else sessionStorage.removeItem(PREFIX + place)
  } catch {
    // The tab's storage is full: the text stays in the composer, only a reload loses it.
  }
}
