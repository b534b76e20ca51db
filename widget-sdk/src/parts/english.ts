// The parts, speaking English from the start: for pages that have no other language.
import '../words/english.ts'

export * from './ago.ts'
export * from './index.ts'
