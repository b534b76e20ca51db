// What is loaded when a conversation has a file.
export * from './pictures/file.tsx'
export * from './pictures/lightbox.tsx'
