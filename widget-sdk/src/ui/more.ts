// What is loaded when the menu is asked for, and when a conversation is over.
export * from './more/ask.tsx'
export * from './more/menu.tsx'
export * from './more/previous.tsx'
export * from './more/rating.tsx'
