// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SETTLE_MS, SearchBox } from './searchbox.tsx'

const root = document.createElement('div')
const onChange = vi.fn()
const onAgain = vi.fn()

function show(value: string) {
  act(() => render(<SearchBox value={value} onChange={onChange} onAgain={onAgain} />, root))
}

beforeEach(() => {
  vi.useFakeTimers()
  document.body.append(root)
  show('')
})
afterEach(() => {
  render(null, root)
  document.body.replaceChildren()
  onChange.mockClear()
  vi.useRealTimers()
})

const field = () => root.querySelector('input') as HTMLInputElement

function type(text: string) {
  field().value = text
  act(() => void field().dispatchEvent(new Event('input', { bubbles: true })))
}

function press(key: string, target: Element = field()) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  act(() => void target.dispatchEvent(event))
  return event.defaultPrevented
}

test('what is typed is looked for once it stands for a moment, or at Enter', () => {
  type('te')
  vi.advanceTimersByTime(SETTLE_MS - 1)
  type('tea ')
  vi.advanceTimersByTime(SETTLE_MS - 1)
  expect(onChange).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(onChange.mock.calls).toEqual([['tea']])
  type('teapot')
  press('Enter')
  expect(onChange).toHaveBeenLastCalledWith('teapot')
  vi.advanceTimersByTime(SETTLE_MS)
  expect(onChange).toHaveBeenCalledTimes(2)
  expect(onAgain).not.toHaveBeenCalled()
  press('Enter')
  expect(onAgain).toHaveBeenCalledOnce()
})

test('/ leads to it, but not from where one writes', () => {
  const text = document.body.appendChild(document.createElement('textarea'))
  expect(press('/', text)).toBe(false)
  expect(document.activeElement).not.toBe(field())
  expect(press('/', document.body)).toBe(true)
  expect(document.activeElement).toBe(field())
})

test('Escape empties it, and then leaves it', () => {
  field().focus()
  type('tea')
  vi.advanceTimersByTime(SETTLE_MS)
  press('Escape')
  expect(field().value).toBe('')
  expect(onChange).toHaveBeenLastCalledWith('')
  expect(document.activeElement).toBe(field())
  press('Escape')
  expect(document.activeElement).not.toBe(field())
})

test('what the address says by now stands in it, and what is being typed is not lost to it', () => {
  show('tea')
  expect(field().value).toBe('tea')
  type('teap')
  show('tea')
  expect(field().value).toBe('teap')
  show('')
  expect(field().value).toBe('')
})
