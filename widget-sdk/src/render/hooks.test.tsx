// @vitest-environment happy-dom
import { type ComponentChildren, render } from 'preact'
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// Run with preact and with what stands in for it: they must not differ.

const root = document.body.appendChild(document.createElement('div'))
const show = (content: ComponentChildren) => act(() => render(content, root))
let log: string[] = []

beforeEach(() => {
  log = []
})
afterEach(() => show(null))

test('changes of one turn are drawn once', async () => {
  let set: (next: number | ((now: number) => number)) => void = () => {}
  const drawn = vi.fn()
  const Counter = () => {
    const [count, setCount] = useState(() => 1)
    set = setCount
    drawn(count)
    return <b>{count}</b>
  }
  await show(<Counter />)
  const before = set
  await act(() => {
    set(5)
    set(count => count + 1)
    set(count => count + 1)
  })
  expect(root.textContent).toBe('7')
  expect(drawn.mock.calls).toEqual([[1], [7]])
  expect(set).toBe(before)
  await act(() => set(7))
  expect(drawn).toHaveBeenCalledTimes(2)
})

test('a component is drawn by itself, where it stands', async () => {
  let toggle: (on: boolean) => void = () => {}
  const outer = vi.fn()
  const Inner = () => {
    const [on, set] = useState(false)
    toggle = set
    return on ? (
      <>
        <i>1</i>
        <i>2</i>
      </>
    ) : null
  }
  const Outer = () => {
    outer()
    return (
      <p>
        <b>a</b>
        <Inner />
        <b>b</b>
      </p>
    )
  }
  await show(<Outer />)
  await act(() => toggle(true))
  expect(root.innerHTML).toBe('<p><b>a</b><i>1</i><i>2</i><b>b</b></p>')
  await act(() => toggle(false))
  expect(root.innerHTML).toBe('<p><b>a</b><b>b</b></p>')
  expect(outer).toHaveBeenCalledOnce()
})

test('a component that changes with what is around it is drawn once', async () => {
  const sets: ((value: number) => void)[] = []
  const inner = vi.fn()
  const Inner = ({ of }: { of: number }) => {
    const [own, set] = useState(0)
    sets[1] = set
    inner(of, own)
    return <i>{`${of} ${own}`}</i>
  }
  const Outer = () => {
    const [value, set] = useState(0)
    sets[0] = set
    return <Inner of={value} />
  }
  await show(<Outer />)
  await act(() => {
    sets[1]?.(1)
    sets[0]?.(1)
  })
  expect(root.textContent).toBe('1 1')
  expect(inner).toHaveBeenCalledTimes(2)
})

test('state goes with its component, and keeps with its key', async () => {
  const Field = ({ name }: { name: string }) => {
    const [first] = useState(name)
    return <i>{first}</i>
  }
  await show(['a', 'b'].map(name => <Field key={name} name={name} />))
  await show(['b', 'a'].map(name => <Field key={name} name={`${name}!`} />))
  expect(root.textContent).toBe('ba')
  await show(null)
  await show(<Field key="a" name="new" />)
  expect(root.textContent).toBe('new')
})

function Noisy({ name, value, children }: { name: string; value?: number; children?: ComponentChildren }) {
  useLayoutEffect(() => {
    log.push(`layout ${name}`)
    return () => {
      log.push(`undo layout ${name}`)
    }
  }, [value])
  useEffect(() => {
    log.push(`effect ${name}`)
    return () => {
      log.push(`undo effect ${name}`)
    }
  }, [value])
  return <p>{children}</p>
}

test('effects run from the inside out, layout first, and are undone before they run again', async () => {
  const App = ({ value }: { value: number }) => (
    <Noisy name="outer" value={value}>
      <Noisy name="inner" value={value} />
    </Noisy>
  )
  await show(<App value={1} />)
  expect(log).toEqual(['layout inner', 'layout outer', 'effect inner', 'effect outer'])
  log = []
  await show(<App value={1} />)
  expect(log).toEqual([])
  await show(<App value={2} />)
  expect(log.filter(line => line.includes('inner'))).toEqual([
    'undo layout inner',
    'layout inner',
    'undo effect inner',
    'effect inner',
  ])
  log = []
  await show(null)
  expect([...log].sort()).toEqual([
    'undo effect inner',
    'undo effect outer',
    'undo layout inner',
    'undo layout outer',
  ])
})

test('an effect without dependencies runs each time, one with none of them once', async () => {
  const each = vi.fn()
  const once = vi.fn()
  const App = () => {
    useEffect(() => each())
    useEffect(() => once(), [])
    return null
  }
  await show(<App />)
  await show(<App />)
  expect(each).toHaveBeenCalledTimes(2)
  expect(once).toHaveBeenCalledTimes(1)
})

test('in a layout effect what was drawn is in the page, and refs are set', async () => {
  const seen: unknown[] = []
  const Inner = ({ outer }: { outer: { current: HTMLElement | null } }) => {
    const own = useRef<HTMLElement>(null)
    useLayoutEffect(() => {
      seen.push(own.current?.isConnected, outer.current?.tagName, root.textContent)
    }, [])
    return <i ref={own}>x</i>
  }
  const Outer = () => {
    const ref = useRef<HTMLParagraphElement>(null)
    return (
      <p ref={ref}>
        <Inner outer={ref} />
      </p>
    )
  }
  await show(<Outer />)
  expect(seen).toEqual([true, 'P', 'x'])
})

test('state that an effect sets is drawn', async () => {
  const App = () => {
    const [steps, set] = useState(0)
    useLayoutEffect(() => {
      if (steps === 0) set(1)
    })
    useEffect(() => {
      if (steps === 1) set(2)
    })
    return <b>{steps}</b>
  }
  await show(<App />)
  expect(root.textContent).toBe('2')
})

test('what a component that is gone says is not heard', async () => {
  let set: (value: number) => void = () => {}
  const drawn = vi.fn()
  const App = () => {
    const [value, change] = useState(0)
    set = change
    drawn(value)
    return null
  }
  await show(<App />)
  await show(null)
  await act(() => set(1))
  expect(drawn).toHaveBeenCalledOnce()
})

test('what was reckoned is kept until something it hangs on changes', async () => {
  const reckon = vi.fn((value: number) => [value])
  const seen: unknown[] = []
  const App = ({ value }: { value: number }) => {
    seen.push(
      useMemo(() => reckon(value), [value]),
      useCallback(() => value, [value]),
    )
    return null
  }
  await show(<App value={1} />)
  await show(<App value={1} />)
  await show(<App value={2} />)
  expect(reckon).toHaveBeenCalledTimes(2)
  expect([seen[0] === seen[2], seen[1] === seen[3], seen[2] === seen[4], seen[3] === seen[5]]).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test('ids differ, and stay', async () => {
  const seen: string[] = []
  const App = () => {
    seen.push(useId())
    return null
  }
  await show([<App key="a" />, <App key="b" />])
  await show([<App key="a" />, <App key="b" />])
  expect(seen[0]).not.toBe(seen[1])
  expect(seen.slice(2)).toEqual(seen.slice(0, 2))
})
