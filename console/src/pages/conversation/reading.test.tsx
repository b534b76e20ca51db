// @vitest-environment happy-dom
import type { Client } from '@chatdesk/widget/client'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { useReading } from './reading.ts'

const root = document.createElement('div')
const read = vi.fn()
const client = { read } as unknown as Client

function Reader({ head, inSight }: { head: number; inSight: boolean }) {
  useReading(client, 'c', head, inSight)
  return null
}

const show = (head: number, inSight: boolean) =>
  act(() => render(<Reader head={head} inSight={inSight} />, root))

afterEach(() => {
  render(null, root)
  read.mockClear()
  vi.restoreAllMocks()
})

test('what stands before somebody who looks is read', async () => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true)
  await show(3, true)
  expect(read).toHaveBeenLastCalledWith('c', 3)
  await show(4, true)
  expect(read).toHaveBeenLastCalledWith('c', 4)
})

test('what is scrolled out of sight is not, until it is back', async () => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true)
  await show(3, false)
  expect(read).not.toHaveBeenCalled()
  await show(3, true)
  expect(read).toHaveBeenCalledWith('c', 3)
})

test('a window in the background reads nothing until it has the focus', async () => {
  const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(false)
  await show(3, true)
  expect(read).not.toHaveBeenCalled()
  focus.mockReturnValue(true)
  window.dispatchEvent(new Event('focus'))
  expect(read).toHaveBeenCalledWith('c', 3)
})

test('an empty log is not read', async () => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true)
  await show(0, true)
  expect(read).not.toHaveBeenCalled()
})
