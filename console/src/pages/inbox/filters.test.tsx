// @vitest-environment happy-dom
import type { InboxCounts } from '@chatdesk/widget/client'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Listing } from '../../listing.ts'
import { Filters } from './filters.tsx'

const root = document.createElement('div')
const onChange = vi.fn()
const departments = [
  { id: 'd1', name: 'Sales' },
  { id: 'd2', name: 'Returns' },
]
const counts: InboxCounts = {
  open: 1200,
  pending: 2,
  snoozed: 1,
  resolved: 9,
  mine: 3,
  unassigned: 4,
  departments: [{ department: 'd1', open: 5 }],
}

function show(listing: Listing, known: InboxCounts | undefined = counts) {
  act(() =>
    render(<Filters listing={listing} counts={known} departments={departments} onChange={onChange} />, root),
  )
}

function choose(label: string, value: string) {
  const select = root.querySelector(`select[aria-label=${label}]`) as HTMLSelectElement
  select.value = value
  act(() => void select.dispatchEvent(new Event('change', { bubbles: true })))
}

const texts = (selector: string) => [...root.querySelectorAll(selector)].map(element => element.textContent)

beforeEach(() => document.body.append(root))
afterEach(() => {
  render(null, root)
  root.remove()
  onChange.mockClear()
})

test('each choice tells how many it holds; all are those that are not resolved', () => {
  show({ status: 'open' })
  expect(texts('.choice-option')).toEqual(['Mine3', 'Unassigned4', 'All1,203'])
  expect(texts('select[aria-label=Status] option')).toEqual([
    'Open (1,200)',
    'Pending (2)',
    'Snoozed (1)',
    'Resolved (9)',
    'Any status',
  ])
  expect(texts('select[aria-label=Department] option')).toEqual([
    'All departments',
    'Sales (5)',
    'Returns (0)',
  ])
})

test('before they have come there are no numbers', () => {
  show({ status: 'open' }, undefined)
  act(() =>
    render(
      <Filters listing={{ status: 'open' }} counts={undefined} departments={[]} onChange={onChange} />,
      root,
    ),
  )
  expect(texts('.choice-option')).toEqual(['Mine', 'Unassigned', 'All'])
  expect(root.querySelector('select[aria-label=Department]')).toBeNull()
})

test('one filter changes, the others stay', () => {
  const listing: Listing = { whose: 'mine', status: 'pending', department: 'd2', priority: 'high' }
  show(listing)
  choose('Status', 'any')
  expect(onChange).toHaveBeenLastCalledWith({ ...listing, status: 'any' })
  choose('Priority', '')
  expect(onChange).toHaveBeenLastCalledWith({ whose: 'mine', status: 'pending', department: 'd2' })
  choose('Department', '')
  expect(onChange).toHaveBeenLastCalledWith({ whose: 'mine', status: 'pending', priority: 'high' })
  act(() => (root.querySelector('input[value=all]') as HTMLInputElement).click())
  expect(onChange).toHaveBeenLastCalledWith({ status: 'pending', department: 'd2', priority: 'high' })
})

test('a department that is no more is still told to be what is filtered by', () => {
  show({ status: 'open', department: 'gone' })
  const select = root.querySelector('select[aria-label=Department]') as HTMLSelectElement
  expect(select.selectedOptions[0]?.textContent).toBe('A department of the past')
})
