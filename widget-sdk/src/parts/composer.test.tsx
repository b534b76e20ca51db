// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Composer, tooLong } from './composer.tsx'

let root: HTMLElement
const onSend = vi.fn()
const onTyping = vi.fn()
const onDraft = vi.fn()

beforeEach(() => {
  root = document.createElement('div')
  document.body.append(root)
  act(() =>
    render(<Composer onSend={onSend} onTyping={onTyping} onDraft={onDraft} draft="" maxBytes={1024} />, root),
  )
})

afterEach(() => {
  act(() => render(null, root))
  root.remove()
  vi.clearAllMocks()
})

const field = () => root.querySelector('textarea') as HTMLTextAreaElement

function type(text: string) {
  act(() => {
    field().value = text
    field().dispatchEvent(new Event('input', { bubbles: true }))
  })
}

function press(init: KeyboardEventInit) {
  const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init })
  act(() => {
    field().dispatchEvent(event)
  })
  return event
}

test('Enter sends the trimmed text and empties the field', () => {
  type('  Hello\nthere ')
  expect(press({}).defaultPrevented).toBe(true)
  expect(onSend).toHaveBeenCalledWith('Hello\nthere')
  expect(field().value).toBe('')
  expect(onDraft).toHaveBeenLastCalledWith('')
})

test('Shift+Enter breaks the line, and Enter within a composition chooses a word', () => {
  type('Hello')
  expect(press({ shiftKey: true }).defaultPrevented).toBe(false)
  expect(press({ isComposing: true }).defaultPrevented).toBe(false)
  expect(onSend).not.toHaveBeenCalled()
})

test('nothing but blanks is not sent', () => {
  type(' \n ')
  press({})
  expect(onSend).not.toHaveBeenCalled()
  expect(root.querySelector('.cd-send')?.getAttribute('aria-disabled')).toBe('true')
})

test('a text beyond the limit is kept, and what is wrong is said', () => {
  type('ü'.repeat(600))
  press({})
  expect(onSend).not.toHaveBeenCalled()
  expect(field().value).toHaveLength(600)
  expect(root.querySelector('[role=alert]')?.textContent).toContain('176 bytes over the limit of 1 kB')
  expect(field().getAttribute('aria-invalid')).toBe('true')
})

test('the limit counts bytes', () => {
  expect(tooLong('a'.repeat(1024), 1024)).toBeUndefined()
  expect(tooLong('a'.repeat(1025), 1024)).toContain('1 byte over')
  expect(tooLong('€'.repeat(1024), 1024)).toContain('2 kB over')
})

test('typing is told at each key, and its end when the text is gone', () => {
  type('H')
  type('Hi')
  type('')
  expect(onTyping.mock.calls).toEqual([
    [true, 'H'],
    [true, 'Hi'],
    [false, ''],
  ])
})
