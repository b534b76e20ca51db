import { beforeEach, describe, expect, it } from 'vitest'
import { FakeStorage } from './fake-storage.ts'
import { Store } from './storage.ts'

let storage: FakeStorage
beforeEach(() => {
  storage = new FakeStorage()
})

describe('a store', () => {
  it('keeps its keys behind its prefix, and sees no others', () => {
    storage.setItem('a:2', 'other')
    const store = new Store('b', storage)
    store.set('2', 'two')
    store.set('1', 'one')
    expect(storage.getItem('b:1')).toBe('one')
    expect(store.get('1')).toBe('one')
    expect(store.get('3')).toBeUndefined()
    expect(store.keys('')).toEqual(['1', '2'])
    expect(store.keys('2')).toEqual(['2'])
    store.remove('1')
    expect(store.keys('')).toEqual(['2'])
    expect(storage.getItem('a:2')).toBe('other')
  })

  it('falls back to memory when the storage is full, and returns to it', () => {
    const store = new Store('b', storage)
    storage.quota = 0
    store.set('1', 'one')
    expect(storage.length).toBe(0)
    expect(store.get('1')).toBe('one')
    expect(store.keys('')).toEqual(['1'])
    storage.quota = 100
    store.set('1', 'uno')
    expect(storage.getItem('b:1')).toBe('uno')
    expect(store.get('1')).toBe('uno')
    store.remove('1')
    expect(store.get('1')).toBeUndefined()
  })

  it('does not throw when the browser forbids the storage', () => {
    const forbidden = new Proxy(storage, {
      get() {
        throw new DOMException('denied', 'SecurityError')
      },
    })
    const store = new Store('b', forbidden)
    store.set('1', 'one')
    expect(store.get('1')).toBe('one')
    expect(store.keys('')).toEqual(['1'])
    store.remove('1')
    expect(store.get('1')).toBeUndefined()
  })
})
