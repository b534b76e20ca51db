import { expect, test } from 'vitest'
import { closures } from './closures.ts'
import { shortenPrivate } from './private.ts'

/** What a script gives that ends in `return …`. */
const run = (code: string) =>
  new Function(shortenPrivate(closures(`(() => { ${code} })()`)).replace(/^/, 'return '))()

test('a class does as a function what it did before', () => {
  const code = `
    var Counter = class {
      #count = 0
      #told = []
      #limit
      step = 1
      label
      constructor(limit, { step } = {}) {
        const told = this.#told
        this.#limit = limit ?? 10
        if (step) this.step = step
        told.push('made')
      }
      get count() { return this.#count }
      set count(value) { this.#count = Math.min(value, this.#limit) }
      get #full() { return this.#count >= this.#limit }
      up = () => { this.#add(this.step); return this }
      #add(by) { if (!this.#full) this.count += by; this.#told.push(this.#full) }
      async later() { await null; return this.up().count }
      *all() { yield* this.#told }
    }
    const one = new Counter(3, { step: 2 })
    const other = new Counter()
    const { up } = one
    up(); up(); up()
    other.later()
    return [one.count, other.count, [...one.all()], [...other.all()], 'label' in one]`
  expect(closures(code.replace(/return \[one.*/s, ''))).not.toContain('class')
  const [count, otherCount, told, otherTold] = run(code)
  expect([count, otherCount, told, otherTold]).toEqual([3, 0, ['made', false, true, true], ['made']])
})

test.each([
  ['extends another', 'var A = class extends Error { #a = 1 }'],
  ['is extended', 'var A = class { #a = 1 }; var B = class extends A {}'],
  ['is asked for', 'var A = class { #a = 1 }; x instanceof A'],
  ['looks into another of its kind', 'var A = class { #a = 1; same(other) { return other.#a === this.#a } }'],
  ['has something of its own', 'var A = class { static a = 1 }'],
  ['holds a function with another this', 'var A = class { a() { return function () { return this } } }'],
  ['returns from its constructor', 'var A = class { constructor() { return {} } }'],
])('a class stays one that %s', (_, code) => {
  expect(closures(code)).toContain('A = class')
})

test('the private names of each class begin anew, the most used first', () => {
  const code = shortenPrivate('class A { #one; #two() { this.#one + this.#one } } class B { #three }')
  expect(code).toBe('class A { #p0; #p1() { this.#p0 + this.#p0 } } class B { #p0 }')
})

test('a class in a class has other names than the one around it', () => {
  const code = shortenPrivate('class A { #a; b() { return class { #c = this.#a } } }')
  expect(code).toBe('class A { #p0; b() { return class { #pp0 = this.#p0 } } }')
})
