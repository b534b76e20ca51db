import type { KeyValue } from './storage.ts'

/** `localStorage` in memory. Give one to two clients and they are two tabs; to one after another, a reload. */
export class FakeStorage implements KeyValue {
  readonly items = new Map<string, string>()
  /** Most characters that it takes; beyond it, `setItem` throws as a browser does. */
  quota = Number.POSITIVE_INFINITY

  get length(): number {
    return this.items.size
  }

  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null
  }

  getItem(key: string): string | null {
    return this.items.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    const used = [...this.items].reduce((sum, [name, text]) => sum + name.length + text.length, 0)
    if (used + key.length + value.length > this.quota) throw new DOMException('full', 'QuotaExceededError')
    this.items.set(key, value)
  }

  removeItem(key: string): void {
    this.items.delete(key)
  }
}
