// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../api.ts'
import { same, TypedConfirm } from './typedconfirm.tsx'

const root = document.createElement('div')
const onYes = vi.fn<() => Promise<void>>()
const onClose = vi.fn()

beforeEach(() => {
  document.body.append(root)
  onYes.mockResolvedValue()
  act(() =>
    render(
      <TypedConfirm
        title="Erase Ada?"
        text="For good."
        expected="Ada Byron"
        yes="Erase"
        onYes={onYes}
        onClose={onClose}
      />,
      root,
    ),
  )
})
afterEach(() => {
  render(null, root)
  root.remove()
  onYes.mockReset()
  onClose.mockReset()
})

const field = () => root.querySelector('input') as HTMLInputElement

async function submit(typed: string) {
  field().value = typed
  act(() => void field().dispatchEvent(new Event('input', { bubbles: true })))
  await act(
    async () =>
      void root
        .querySelector('form')
        ?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
  )
}

test('nothing is done until the name stands there', async () => {
  await submit('Ada')
  expect(onYes).not.toHaveBeenCalled()
  expect(field().getAttribute('aria-invalid')).toBe('true')
  await submit(' Ada  Byron ')
  expect(onYes).toHaveBeenCalledOnce()
})

test('what goes wrong is said, and it can be tried again', async () => {
  onYes.mockRejectedValueOnce(new ApiError({ code: 'forbidden', text: 'no', retryable: false, retry_ms: 0 }))
  await submit('Ada Byron')
  expect(root.querySelector('[role=alert]')?.textContent).toBe('Your role does not allow this.')
  await submit('Ada Byron')
  expect(root.querySelector('[role=alert]')).toBeNull()
  expect(onYes).toHaveBeenCalledTimes(2)
})

test('Escape closes it, but not while it is being done', async () => {
  const cancel = () =>
    act(() => void root.querySelector('dialog')?.dispatchEvent(new Event('cancel', { cancelable: true })))
  cancel()
  expect(onClose).toHaveBeenCalledOnce()
  onYes.mockReturnValueOnce(new Promise(() => {}))
  await submit('Ada Byron')
  cancel()
  expect(onClose).toHaveBeenCalledOnce()
})

test('a name is the same however its letters are composed, and no other', () => {
  expect(same('Zoe\u0308', 'Zo\u00eb')).toBe(true)
  expect(same('ada', 'Ada')).toBe(false)
})
