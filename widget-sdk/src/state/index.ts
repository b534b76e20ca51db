export * from './group.ts'
export * from './inbox.ts'
export * from './log.ts'
export * from './open.ts'
