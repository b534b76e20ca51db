// What is loaded when the first file is chosen, pasted or dropped.
export * from './files/tray.tsx'
