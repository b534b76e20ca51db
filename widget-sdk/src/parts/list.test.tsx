// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Priority } from '../client/index.ts'
import type { LogView } from '../state/index.ts'
import { eventText } from './event.ts'
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
        event={eventText}
        now={at + 10 * minute}
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

const FILE = {
  id: 'f1',
  name: 'Plan <b>.pdf',
  size: 1_234_567,
  type: 'application/pdf',
  url: '/files/o/k/Plan.pdf',
}

test('a file is a link to the gateway that saves it under its name', async () => {
  const file = item(ADA, { kind: 'attachment', attachment: FILE }, at, { seq: 1 })
  show(log([file]), { gateway: 'https://chat.example' })
  await vi.waitFor(() => expect(root.querySelector('.cd-file')).not.toBeNull())
  const link = root.querySelector<HTMLAnchorElement>('a.cd-file')
  expect(link?.href).toBe('https://chat.example/files/o/k/Plan.pdf')
  expect(link?.download).toBe('Plan <b>.pdf')
  expect(link?.rel).toBe('noopener')
  expect(link?.textContent).toBe('Plan <b>.pdf1.2 MB')
})

test('a file that lies elsewhere is no link', async () => {
  for (const url of ['javascript:alert(1)', 'https://evil.example/f', '//evil.example/f', 'http://[', '']) {
    const file = item(ADA, { kind: 'attachment', attachment: { ...FILE, url } }, at, { seq: 1 })
    show(log([file]), { gateway: 'https://chat.example' })
    await vi.waitFor(() => expect(root.querySelector('.cd-file'), url).not.toBeNull())
    expect(root.querySelector('a'), url).toBeNull()
    expect(texts('.cd-file-name')).toEqual(['Plan <b>.pdf'])
  }
})

test('a file and the words beside it are one run', () => {
  show(
    log([
      item(ADA, 'Here it is', at, { seq: 1 }),
      item(ADA, { kind: 'attachment', attachment: FILE }, at + 1, { seq: 2 }),
      item(ADA, { kind: 'note', text: 'Sent the old one' }, at + 2, { seq: 3 }),
    ]),
    { gateway: 'https://chat.example' },
  )
  expect(root.querySelectorAll('.cd-run')).toHaveLength(2)
})

test('what was done is said in a line, and one that was refused can be tried again', () => {
  const rated = { kind: 'rating', rating: { score: 4, comment: '<i>Quick</i>' } } as const
  const failed = item(VISITOR, rated, at + 3, { status: 'failed' })
  const onRetry = vi.fn()
  show(
    log([
      item(ADA, { kind: 'assignment', assignment: { member: 'a2', name: 'Grace' } }, at, { seq: 1 }),
      item(ADA, { kind: 'assignment', assignment: { member: ADA.id, name: 'Ada Byron' } }, at + 1, {
        seq: 2,
      }),
      item(ADA, { kind: 'assignment', assignment: {} }, at + 2, { seq: 3 }),
      failed,
    ]),
    { onRetry, nameOf: ({ name }) => name ?? 'Visitor 7', event: (...event) => eventText(...event) },
  )
  expect(texts('.cd-event > span')).toEqual([
    'Ada Byron assigned the conversation to Grace',
    'Ada Byron took the conversation',
    'Ada Byron unassigned the conversation',
    'Visitor 7 rated the conversation 4 of 5: “<i>Quick</i>”',
  ])
  root.querySelector<HTMLButtonElement>('.cd-event .cd-link')?.click()
  expect(onRetry).toHaveBeenCalledWith(failed.entry.client_id)
})

test('a priority that was set is told, by name', () => {
  const set = (priority: Priority, seq: number) =>
    item(ADA, { kind: 'priority', priority }, at + seq, { seq, mine: false })
  show(log([set('high', 1), set('none', 2)]))
  expect(texts('.cd-event > span')).toEqual([
    'Ada Byron set the priority to High',
    'Ada Byron removed the priority',
  ])
})

test('an entry that one is sent to is scrolled to once it has come, once, and marked', () => {
  const into = vi.spyOn(HTMLElement.prototype, 'scrollIntoView').mockImplementation(() => {})
  const later = [item(ADA, 'third', at + 3, { seq: 3 }), item(ADA, 'fourth', at + 4, { seq: 4 })]
  show(log(later, { hasOlder: true }), { goal: 2 })
  expect(into).not.toHaveBeenCalled()
  const all = [item(ADA, 'first', at, { seq: 1 }), item(ADA, 'second', at + 2, { seq: 2 }), ...later]
  show(log(all), { goal: 2 })
  expect(into.mock.contexts).toEqual([root.querySelector('.cd-goal')])
  expect(texts('.cd-goal .cd-bubble')).toEqual(['second'])
  show(log([...all, item(ADA, 'fifth', at + 5, { seq: 5 })]), { goal: 2 })
  expect(into).toHaveBeenCalledTimes(1)
  show(log(all))
  expect(root.querySelector('.cd-goal')).toBeNull()
  into.mockRestore()
})

test('an event that has no words is not shown', () => {
  show(log([item(ADA, { kind: 'status', status: 'pending' }, at, { seq: 1 })]), { event: () => '' })
  expect(root.querySelector('.cd-event')).toBeNull()
})

test('what the visitor has typed so far is shown where it is known, and not read out at each key', () => {
  show(log([], { typing: [VISITOR], draft: 'How much <b>' }))
  const draft = root.querySelector('.cd-draft')
  expect(draft?.textContent).toBe('How much <b>')
  expect(draft?.closest('[aria-live=off]')).not.toBeNull()
})
