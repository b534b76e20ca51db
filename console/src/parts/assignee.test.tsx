// @vitest-environment happy-dom
import type { Colleague } from '@chatdesk/widget/client'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AssigneePicker } from './assignee.tsx'

const root = document.createElement('div')
const onPick = vi.fn()
const ADA: Colleague = { id: 'a', name: 'Ada Byron', availability: 'online', present: true }
const GRACE: Colleague = { id: 'g', name: 'Grace Hopper', availability: 'away', present: true }
const MAX: Colleague = { id: 'm', name: 'Max Weber', availability: 'online', present: false }

function show(value?: string) {
  act(() =>
    render(<AssigneePicker value={value} me="m" colleagues={[ADA, GRACE, MAX]} onPick={onPick} />, root),
  )
}

beforeEach(() => void document.body.append(root))
afterEach(() => {
  render(null, root)
  root.remove()
  onPick.mockClear()
})

const button = () => root.querySelector('[aria-haspopup=menu]') as HTMLButtonElement
const items = () => [...root.querySelectorAll<HTMLElement>('[role=menuitemradio]')]
const name = () => button().querySelector('.unseen')?.textContent

function press(key: string) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  act(() => void document.activeElement?.dispatchEvent(event))
  return event.defaultPrevented
}

test('oneself comes first and nobody last, and it is told who will not answer soon', () => {
  show()
  expect(name()).toBe('Assigned to: Nobody')
  act(() => button().click())
  expect(items().map(item => item.querySelector('.picker-label')?.textContent)).toEqual([
    'Max Weber (me)',
    'Ada Byron',
    'Grace Hopper',
    'Nobody',
  ])
  expect(items().map(item => item.querySelector('.picker-hint')?.textContent)).toEqual([
    ' not here',
    undefined,
    ' away',
    undefined,
  ])
  expect(items().map(item => item.querySelector('.cd-dot')?.className)).toEqual([
    'cd-dot',
    'cd-dot cd-dot-on',
    'cd-dot',
    undefined,
  ])
})

test('who is chosen is told whole, and nobody as nobody', () => {
  show()
  button().focus()
  act(() => button().click())
  expect(document.activeElement?.textContent).toBe('Nobody')
  // A letter leads to whom it begins, and again to nobody else; one that begins nothing leads nowhere.
  expect(press('g')).toBe(true)
  expect(document.activeElement?.textContent).toContain('Grace')
  press('z')
  expect(document.activeElement?.textContent).toContain('Grace')
  act(() => (document.activeElement as HTMLButtonElement).click())
  expect(onPick).toHaveBeenLastCalledWith(GRACE)
  show('g')
  expect(name()).toBe('Assigned to: Grace Hopper')
  act(() => button().click())
  press('End')
  act(() => (document.activeElement as HTMLButtonElement).click())
  expect(onPick).toHaveBeenLastCalledWith(undefined)
})

test('who is not among the colleagues is somebody all the same', () => {
  show('gone')
  expect(name()).toBe('Assigned to: Somebody else')
  act(() => button().click())
  expect(items().filter(item => item.getAttribute('aria-checked') === 'true')).toHaveLength(1)
})

test('letters are nothing while it is closed', () => {
  show()
  button().focus()
  expect(press('g')).toBe(false)
  expect(items()).toEqual([])
})
