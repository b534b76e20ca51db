// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { LogView } from '../state/index.ts'
import { ADA, item, log, VISITOR } from './fixture.ts'
import { MessageList, type MessageListProps } from './list.tsx'

const at = new Date(2024, 5, 12, 9, 0).getTime()
const minute = 60_000
let root: HTMLElement

function show(view: LogView, props: Partial<MessageListProps> = {}) {
  root ??= document.createElement('div')
  document.body.append(root)
  const none = () => {}
  act(() =>
    render(
      <MessageList
        view={view}
        readUpTo={view.agentRead}
        onOlder={none}
        onRetry={none}
        onDiscard={none}
        now={at + 10 * minute}
        locale="en-GB"
        {...props}
      />,
      root,
    ),
  )
  return root
}

const texts = (selector: string) => [...root.querySelectorAll(selector)].map(element => element.textContent)
const ticks = () => [...root.querySelectorAll('.cd-ticks')].map(tick => tick.getAttribute('aria-label'))

// The test's document has no layout; a list without a height counts as not shown.
beforeAll(() => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(400)
})

afterEach(() => act(() => render(null, root)))

test('text is text: markup and scripts are shown, not made', () => {
  const hostile = '<img src=x onerror=alert(1)><b>hi</b> javascript:alert(1)'
  show(log([item(ADA, hostile, at, { seq: 1 })]))
  expect(texts('.cd-bubble')).toEqual([hostile])
  expect(root.querySelector('.cd-bubble img, .cd-bubble b, .cd-bubble a')).toBeNull()
})

test('links open elsewhere and tell nothing of this page', () => {
  show(log([item(ADA, 'see https://shop.example/a', at, { seq: 1 })]))
  const link = root.querySelector('a')
  expect(link?.href).toBe('https://shop.example/a')
  expect(link?.target).toBe('_blank')
  expect(link?.rel).toContain('noopener')
})

test('a message is sending until it is stored, sent until it is read', () => {
  const one = (status: 'sending' | 'routed' | 'stored') => [item(VISITOR, 'Hello', at, { seq: 1, status })]
  show(log(one('sending')))
  expect(ticks()).toEqual(['Sending'])
  show(log(one('routed')))
  expect(ticks()).toEqual(['Sending'])
  show(log(one('stored')))
  expect(ticks()).toEqual(['Sent'])
  show(log(one('stored'), { agentRead: 1 }))
  expect(ticks()).toEqual(['Read'])
})

test('one line of time and ticks speaks for a run, another one for those that stand differently', () => {
  const run = [
    item(VISITOR, 'One', at, { seq: 1 }),
    item(VISITOR, 'Two', at + 1, { seq: 2 }),
    item(VISITOR, 'Three', at + 2, { seq: 3 }),
    item(VISITOR, 'Four', at + 3, { status: 'sending' }),
  ]
  show(log(run, { agentRead: 2 }))
  expect(ticks()).toEqual(['Read', 'Sent', 'Sending'])
})

test('a refused message says so and can be tried again or deleted', () => {
  const failed = item(VISITOR, 'Hello', at, { status: 'failed' })
  const [onRetry, onDiscard] = [vi.fn(), vi.fn()]
  show(log([failed]), { onRetry, onDiscard })
  expect(texts('[role=alert]')[0]).toContain('Not sent: too many messages at once.')
  const [retry, discard] = root.querySelectorAll<HTMLButtonElement>('.cd-link')
  retry?.click()
  discard?.click()
  expect(onRetry).toHaveBeenCalledWith(failed.entry.client_id)
  expect(onDiscard).toHaveBeenCalledWith(failed.entry.client_id)
})

test('days, senders and changes of status stand where they belong', () => {
  show(
    log([
      item(ADA, 'Good evening', at - 24 * 60 * minute, { seq: 1 }),
      item(ADA, 'Good morning', at, { seq: 2 }),
      item(VISITOR, 'Morning', at + minute, { seq: 3 }),
      item(ADA, { kind: 'status', status: 'resolved' }, at + 2 * minute, { seq: 4 }),
    ]),
    { avatars: true },
  )
  expect(texts('.cd-day')).toEqual(['Yesterday', 'Today'])
  expect(texts('.cd-name')).toEqual(['Ada Byron', 'Ada Byron'])
  expect(texts('.cd-event')[0]).toContain('Ada Byron resolved the conversation')
  expect(root.querySelectorAll('.cd-run-ours .cd-avatar')).toHaveLength(0)
})

test('who types is said in words, and not shown where that is switched off', () => {
  show(log([], { typing: [ADA] }))
  expect(root.querySelector('.cd-dots')?.getAttribute('aria-label')).toBe('Ada Byron is typing')
  show(log([], { typing: [ADA] }), { typing: false })
  expect(root.querySelector('.cd-dots')).toBeNull()
})

test('older messages are asked for at the top, the intro waits until there are none', () => {
  const onOlder = vi.fn()
  show(log([item(ADA, 'Hi', at, { seq: 9 })], { hasOlder: true }), { onOlder, intro: 'Welcome' })
  expect(onOlder).toHaveBeenCalled()
  expect(root.textContent).not.toContain('Welcome')
  show(log([item(ADA, 'Hi', at, { seq: 1 })]), { onOlder, intro: 'Welcome' })
  expect(root.textContent).toContain('Welcome')
})

test('the same element carries a message from sending to stored', () => {
  const sending = item(VISITOR, 'Hello', at, { status: 'sending' })
  show(log([sending]))
  const before = root.querySelector('.cd-bubble')
  show(log([{ ...sending, status: 'stored', entry: { ...sending.entry, seq: 1 } }]))
  expect(root.querySelector('.cd-bubble')).toBe(before)
})
