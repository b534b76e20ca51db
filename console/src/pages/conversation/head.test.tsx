// @vitest-environment happy-dom
import type { Summary } from '@chatdesk/widget/client'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { type Live, LiveContext } from '../../live.ts'
import { Head } from './head.tsx'

const root = document.createElement('div')
const live = { departments: { value: [] }, team: { value: { colleagues: [] } } } as unknown as Live
const onStatus = vi.fn()

function show(status: Summary['status'], changing: boolean) {
  const summary = { visitor: { id: 'v', name: 'Ada' }, status } as Summary
  act(() =>
    render(
      <LiveContext.Provider value={live}>
        <Head
          summary={summary}
          detailed={false}
          priority="none"
          assignee={undefined}
          me="m"
          changing={changing}
          onDetails={() => {}}
          onStatus={onStatus}
          onPriority={() => {}}
          onAssign={() => {}}
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

/** Opens the menu of statuses and chooses the one called so. */
function choose(name: string) {
  act(() => (root.querySelector('.talk-state [aria-haspopup=menu]') as HTMLButtonElement).click())
  const items = [...root.querySelectorAll<HTMLElement>('[role=menuitemradio]')]
  act(() => items.find(item => item.textContent === name)?.click())
  return items.map(item => item.textContent)
}

test('what may be chosen is chosen from its status', () => {
  show('open', false)
  expect(choose('Pending')).toEqual(['Open', 'Pending', 'Resolved'])
  expect(onStatus).toHaveBeenCalledExactlyOnceWith('pending')
  show('snoozed', false)
  expect(choose('Open')).toEqual(['Snoozed', 'Open', 'Pending', 'Resolved'])
  expect(onStatus).toHaveBeenLastCalledWith('open')
})

test('a change on its way is not asked for twice', () => {
  show('open', true).click()
  choose('Pending')
  expect(onStatus).not.toHaveBeenCalled()
})
