// @vitest-environment happy-dom
import type { Summary } from '@chatdesk/widget/client'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { type Live, LiveContext } from '../../live.ts'
import { Head } from './head.tsx'

const root = document.createElement('div')
const live = { departments: { value: [] } } as unknown as Live
const onStatus = vi.fn()
const onPriority = vi.fn()

function show(status: Summary['status'], changing: boolean) {
  const summary = { visitor: { id: 'v', name: 'Ada' }, status } as Summary
  act(() =>
    render(
      <LiveContext.Provider value={live}>
        <Head
          summary={summary}
          detailed={false}
          priority="none"
          changing={changing}
          onDetails={() => {}}
          onStatus={onStatus}
          onPriority={onPriority}
        />
      </LiveContext.Provider>,
      root,
    ),
  )
  return root.querySelector('.resolve') as HTMLButtonElement
}

afterEach(() => {
  render(null, root)
  onStatus.mockClear()
})

test('an open conversation can be resolved, a resolved one reopened', () => {
  show('open', false).click()
  expect(onStatus).toHaveBeenLastCalledWith('resolved')
  show('resolved', false).click()
  expect(onStatus).toHaveBeenLastCalledWith('open')
})

test('a change on its way is not asked for twice', () => {
  show('open', true).click()
  expect(onStatus).not.toHaveBeenCalled()
})
