import { expect, test } from 'vitest'
import { DEFAULT_LISTING, filterOf, isNarrowed, type Listing, readListing, writeListing } from './listing.ts'

const department = '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4c2d'
const full: Listing = {
  whose: 'mine',
  status: 'resolved',
  department,
  priority: 'urgent',
  search: 'earl grey & more',
}

test('what the address says of the list comes back from it', () => {
  for (const listing of [full, DEFAULT_LISTING, { status: 'any' } as Listing]) {
    expect(readListing(writeListing(listing))).toEqual(listing)
  }
  expect(String(writeListing(DEFAULT_LISTING))).toBe('')
})

test('what means nothing is left out', () => {
  const query = new URLSearchParams('whose=theirs&status=closed&priority=x&department=../../etc&q=')
  expect(readListing(query)).toEqual(DEFAULT_LISTING)
})

test('the gateway is asked for what is left, and for nothing that is not', () => {
  expect(filterOf(full, 'me')).toEqual({
    status: 'resolved',
    assigned: { member: 'me' },
    department,
    priority: 'urgent',
  })
  expect(filterOf({ status: 'any', whose: 'unassigned' }, 'me')).toEqual({ assigned: {} })
  expect(filterOf({ status: 'open' }, 'me')).toEqual({ status: 'open' })
})

test('a search narrows no list: the filters do', () => {
  expect(isNarrowed(DEFAULT_LISTING)).toBe(false)
  expect(isNarrowed({ status: 'open', search: 'tea' })).toBe(false)
  for (const one of [{ whose: 'mine' }, { department }, { priority: 'none' }] as Partial<Listing>[]) {
    expect(isNarrowed({ ...DEFAULT_LISTING, ...one })).toBe(true)
  }
  expect(isNarrowed({ status: 'any' })).toBe(true)
})
