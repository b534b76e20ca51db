// Made when something is built, from the package emojibase-data: see build/emoji.ts.
declare module 'virtual:emoji' {
  /**
   * What loads `table`: every emoji, a space between two, a line a group, a `+` behind those that come in skin tones; and
   * by language their names, without those of countries' flags, in the table's order: a line each, `name|word|word`.
   */
  export const loads: Readonly<Record<string, (() => Promise<{ default: string }>) | undefined>>
}
