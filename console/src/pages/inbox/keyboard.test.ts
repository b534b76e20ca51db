// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { moveByKey, returnByKey } from './keyboard.ts'

let list: HTMLElement

beforeEach(() => {
  document.body.innerHTML =
    '<textarea></textarea><input type="radio"><ul><li><a href="#1">1</a></li><li><a href="#2" aria-current="true">2</a></li><li><a href="#3">3</a></li></ul>'
  list = document.querySelector('ul') as HTMLElement
})
afterEach(() => document.body.replaceChildren())

/** Presses a key where the focus is; tells where it is then, and whether the key was taken. */
function press(key: string, init: KeyboardEventInit = {}) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })
  const onKey = (event: KeyboardEvent) => {
    moveByKey(event, list)
    returnByKey(event, list)
  }
  document.addEventListener('keydown', onKey)
  document.activeElement?.dispatchEvent(event)
  document.removeEventListener('keydown', onKey)
  return { at: document.activeElement?.textContent, taken: event.defaultPrevented }
}

test('j and k begin at the conversation that is open and stop at the ends', () => {
  expect(press('j')).toEqual({ at: '3', taken: true })
  expect(press('j').at).toBe('3')
  expect(press('k').at).toBe('2')
  expect(press('k').at).toBe('1')
  expect(press('k').at).toBe('1')
})

test('with none open the first key goes to the first conversation', () => {
  list.querySelector('[aria-current]')?.removeAttribute('aria-current')
  expect(press('k').at).toBe('1')
})

test('arrows move within the list and scroll elsewhere', () => {
  expect(press('ArrowDown').taken).toBe(false)
  press('j')
  expect(press('ArrowUp')).toEqual({ at: '2', taken: true })
})

test('what is typed is typed', () => {
  document.querySelector('textarea')?.focus()
  expect(press('j').taken).toBe(false)
})

test('a filter that was just chosen is not typed into', () => {
  document.querySelector('input')?.focus()
  expect(press('j').at).toBe('3')
})

test('Escape leads from writing back to the conversation in the list', () => {
  document.querySelector('textarea')?.focus()
  expect(press('Escape').at).toBe('2')
})

test('the browser’s own shortcuts stay its own', () => {
  expect(press('k', { ctrlKey: true }).taken).toBe(false)
  expect(press('x').taken).toBe(false)
})
