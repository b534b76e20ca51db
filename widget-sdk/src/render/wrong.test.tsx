// @vitest-environment happy-dom
import { type ComponentChildren, render } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// What goes wrong in one place: told, and kept there. Here ours differs from preact, which gives up the whole drawing.

const root = document.body.appendChild(document.createElement('div'))
const show = (content: ComponentChildren) => act(() => render(content, root))
const report = vi.fn()

beforeEach(() => {
  report.mockClear()
  vi.stubGlobal('reportError', report)
})
afterEach(() => show(null))

const reported = () => report.mock.calls.map(([error]) => (error as Error).message)

function Fragile({ broken, text }: { broken: boolean; text: string }) {
  const [first] = useState(text)
  useLayoutEffect(() => () => {}, [text])
  if (broken) throw new Error('broken')
  return (
    <i>
      {first} {text}
    </i>
  )
}

test('a component that fails at first is not seen; what is beside it is, and it is once it works', async () => {
  await show([<Fragile key="f" broken text="a" />, <b key="b">beside</b>])
  expect(root.innerHTML).toBe('<b>beside</b>')
  expect(reported()).toEqual(['broken'])
  await show([<Fragile key="f" broken={false} text="b" />, <b key="b">beside</b>])
  expect(root.innerHTML).toBe('<i>a b</i><b>beside</b>')
})

test('a component that fails later stays as it was', async () => {
  await show(<Fragile broken={false} text="a" />)
  await show([<Fragile key="x" broken={false} text="a" />, <b key="b">1</b>])
  await show([<Fragile key="x" broken text="c" />, <b key="b">2</b>])
  expect(root.innerHTML).toBe('<i>a a</i><b>2</b>')
  await show([<Fragile key="x" broken={false} text="d" />, <b key="b">3</b>])
  expect(root.innerHTML).toBe('<i>a d</i><b>3</b>')
  expect(reported()).toEqual(['broken'])
})

test('an effect that fails keeps no other from running, nor from being undone', async () => {
  const undone = vi.fn()
  const ran = vi.fn(() => undone)
  const App = () => {
    useLayoutEffect(() => {
      throw new Error('layout')
    }, [])
    useEffect(() => {
      throw new Error('effect')
    }, [])
    useEffect(() => {
      ran()
      return () => {
        undone()
        throw new Error('undoing')
      }
    }, [])
    return <b>there</b>
  }
  await show(<App />)
  expect(ran).toHaveBeenCalledOnce()
  expect(root.innerHTML).toBe('<b>there</b>')
  await show(null)
  expect(undone).toHaveBeenCalledOnce()
  expect(root.innerHTML).toBe('')
  expect(reported()).toEqual(['layout', 'effect', 'undoing'])
})

test('what cannot be drawn is told', async () => {
  await show(<p>{{} as ComponentChildren}</p>)
  expect(reported()).toEqual(['an object cannot be drawn'])
  await show(<p>text</p>)
  expect(root.innerHTML).toBe('<p>text</p>')
})

test('two of the same key are both seen, and both go', async () => {
  await show([<i key="a">1</i>, <i key="a">2</i>])
  expect(root.textContent).toBe('12')
  await show([<i key="a">3</i>])
  expect(root.textContent).toBe('3')
})

test('hooks are for components', () => {
  expect(() => useState(0)).toThrow('hooks are for components')
})
