// What is loaded when emoji are asked for.
export * from './emoji/picker.tsx'
