// What is loaded when the menu is asked for.
export * from './more/ask.tsx'
export * from './more/menu.tsx'
export * from './more/previous.tsx'
