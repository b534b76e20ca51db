import { afterEach, describe, expect, it, vi } from 'vitest'
import { Emitter } from './emitter.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('an emitter', () => {
  it('calls the handlers of an event in order, until they are taken off', () => {
    const emitter = new Emitter<{ a: number; b: string }>()
    const heard: unknown[] = []
    const off = emitter.on('a', body => heard.push(body))
    emitter.on('a', body => heard.push(body * 2))
    emitter.emit('b', 'nobody listens')
    emitter.emit('a', 1)
    off()
    off()
    emitter.emit('a', 2)
    expect(heard).toEqual([1, 2, 4])
  })

  it('goes on behind a handler that throws, and leaves its error to be seen', () => {
    const later: (() => void)[] = []
    vi.stubGlobal('queueMicrotask', (task: () => void) => later.push(task))
    const emitter = new Emitter<{ a: number }>()
    const heard: number[] = []
    emitter.on('a', () => {
      throw new Error('a fault of the page')
    })
    emitter.on('a', body => heard.push(body))
    emitter.emit('a', 1)
    expect(heard).toEqual([1])
    expect(later).toHaveLength(1)
    expect(later[0]).toThrow('a fault of the page')
  })

  it('calls the handlers that there were when the event came', () => {
    const emitter = new Emitter<{ a: number }>()
    let heard = 0
    emitter.on('a', () => {
      emitter.on('a', () => heard++)
    })
    emitter.emit('a', 1)
    expect(heard).toBe(0)
    emitter.emit('a', 2)
    expect(heard).toBe(1)
  })
})
