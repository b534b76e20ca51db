// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PriorityPicker } from './priority.tsx'

const root = document.createElement('div')
const onPick = vi.fn()

beforeEach(() => {
  document.body.append(root)
  act(() => render(<PriorityPicker value="medium" onPick={onPick} />, root))
})
afterEach(() => {
  render(null, root)
  root.remove()
  onPick.mockClear()
})

const button = () => root.querySelector('[aria-haspopup=menu]') as HTMLButtonElement
const items = () => [...root.querySelectorAll('[role=menuitemradio]')].map(item => item.textContent)
const focused = () => document.activeElement?.textContent

function press(key: string) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  act(() => void document.activeElement?.dispatchEvent(event))
}

test('arrows open it at what is set and go through it, and what is chosen is told', () => {
  button().focus()
  press('ArrowDown')
  expect(items()).toEqual(['None', 'Low', 'Medium', 'High', 'Urgent'])
  expect(focused()).toBe('Medium')
  press('ArrowDown')
  press('End')
  expect(focused()).toBe('Urgent')
  press('ArrowDown')
  expect(focused()).toBe('Urgent')
  press('ArrowUp')
  act(() => (document.activeElement as HTMLButtonElement).click())
  expect(onPick).toHaveBeenCalledExactlyOnceWith('high')
  expect(document.activeElement).toBe(button())
  expect(items()).toEqual([])
})

test('Escape closes it and tells nothing, and so does choosing what is set', () => {
  button().focus()
  act(() => button().click())
  press('Escape')
  expect(items()).toEqual([])
  expect(document.activeElement).toBe(button())
  act(() => button().click())
  act(() => (document.activeElement as HTMLButtonElement).click())
  expect(onPick).not.toHaveBeenCalled()
})

test('a click elsewhere closes it', () => {
  act(() => button().click())
  act(() => void document.body.dispatchEvent(new Event('pointerdown', { bubbles: true })))
  expect(items()).toEqual([])
})
