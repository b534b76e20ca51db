import { type Drawn, type Effect, type Hook, now, redraw } from './draw.ts'

type Deps = readonly unknown[] | undefined
type Next<Value> = Value | ((value: Value) => Value)

let ids = 0

/** The hook whose turn it is in the component that is being called; `make` it at its first call. */
function next(make: () => Hook): Hook {
  const { drawn } = now
  if (!drawn) throw new Error('hooks are for components')
  const index = now.hooks++
  drawn.hooks[index] ??= make()
  return drawn.hooks[index]
}

const differ = (deps: Deps, before: Deps) =>
  !deps ||
  !before ||
  deps.length !== before.length ||
  deps.some((value, index) => !Object.is(value, before[index]))

const made = <Value>(value: Value | (() => Value)) =>
  typeof value === 'function' ? (value as () => Value)() : value

/** A value, and how to change it: the component is drawn again soon. */
export function useState<Value>(first: Value | (() => Value)): [Value, (next: Next<Value>) => void] {
  const { drawn } = now
  const hook = next(() => {
    const set = (next: Next<Value>) => {
      const [value] = hook.value as [Value]
      const changed = typeof next === 'function' ? (next as (value: Value) => Value)(value) : next
      if (Object.is(changed, value)) return
      hook.value = [changed, set]
      redraw(drawn as Drawn)
    }
    const hook: Hook = { value: [made(first), set] }
    return hook
  })
  return hook.value as [Value, (next: Next<Value>) => void]
}

/** What `make` gave when one of `deps` was last another than before. */
export function useMemo<Value>(make: () => Value, deps?: Deps): Value {
  const hook = next(() => ({}))
  if (differ(deps, hook.deps)) {
    hook.value = make()
    hook.deps = deps
  }
  return hook.value as Value
}

/** The same function until one of `deps` is another. */
export function useCallback<Call>(call: Call, deps?: Deps): Call {
  return useMemo(() => call, deps)
}

/** A place for something to be kept in. */
export function useRef<Value>(first: Value): { current: Value } {
  return useMemo(() => ({ current: first }), [])
}

/** An id that no other element has. */
export function useId(): string {
  return useMemo(() => `cd-${++ids}`, [])
}

/** Runs once what was drawn is in the page, and before it is painted; what it gives, before it runs again or goes. */
export function useLayoutEffect(run: Effect['run'], deps?: Deps): void {
  effect(run, deps, false)
}

/** Runs a moment after the page was painted; what it gives, before it runs again or goes. */
export function useEffect(run: Effect['run'], deps?: Deps): void {
  effect(run, deps, true)
}

function effect(run: Effect['run'], deps: Deps, late: boolean): void {
  const hook = next(() => ({}))
  const drawn = now.drawn as Drawn
  if (differ(deps, hook.deps)) drawn.effects.push({ drawn, hook, run, deps, late })
}
