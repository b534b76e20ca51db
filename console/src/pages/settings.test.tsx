// @vitest-environment happy-dom
import type { Me, WidgetConfig } from '@chatdesk/widget/client'
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SettingsPage } from './settings.tsx'

// It frames a page of the gateway's.
vi.mock('./settings/preview.tsx', () => ({ Preview: () => null }))

const config: WidgetConfig = {
  widget_key: 'wk_demo',
  enabled: true,
  settings: {
    primary_color: '#3B82F6',
    position: 'bottom-right',
    bubble_icon: 'chat',
    greeting_message: 'Hi there',
    offline_message: '',
    auto_open: false,
    auto_open_delay: 5,
    show_agent_avatars: true,
    show_typing_indicator: true,
    draft_preview: false,
    theme: 'auto',
    strings: {},
    sounds: true,
    ask_rating: true,
    ask_email_away: true,
    rules: [],
  },
  allowed_domains: [],
  departments: [{ id: '0198f3a2-7a52-7c3e-9d51-2f6f8a1b4c2d', name: 'Sales' }],
  form: { enabled: false, fields: [] },
}

const root = document.createElement('div')
const saved = vi.fn()
/** What the gateway answers to a save. */
let answer: (sent: WidgetConfig) => Response
/** What was sent to be saved. */
let sent: WidgetConfig[]

beforeEach(() => {
  document.body.append(root)
  sent = []
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe() {}
      disconnect() {}
    },
  )
  vi.stubGlobal('fetch', async (_path: string, { method, body }: RequestInit) => {
    if (method === 'GET') return Response.json(config)
    const document = JSON.parse(String(body)) as WidgetConfig
    sent.push(document)
    return answer(document)
  })
})
afterEach(() => {
  render(null, root)
  root.remove()
  saved.mockClear()
  vi.unstubAllGlobals()
})

async function open(role: 'owner' | 'agent' = 'owner') {
  const me = { member: { role }, organization: { name: 'Shop' } } as Me
  await act(() => render(<SettingsPage me={me} section="widget" onSaved={saved} />, root))
  await vi.waitUntil(() => root.querySelector('form'))
}

const control = (selector: string) => root.querySelector(selector) as HTMLInputElement

async function type(selector: string, value: string) {
  control(selector).value = value
  await act(() => void control(selector).dispatchEvent(new Event('input', { bubbles: true })))
}

/** Saves, and waits for what the bar says then. */
async function save() {
  root.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await vi.waitUntil(() => /Saved|Mend/.test(root.querySelector('.save-state')?.textContent ?? ''))
}

test('the bar is there once something differs, and gone once it does not', async () => {
  await open()
  expect(root.querySelector('.save-bar.shown')).toBeNull()
  await type('#departments input', 'Buying')
  expect(root.querySelector('.save-state')?.textContent).toBe('Unsaved changes')
  await type('#departments input', 'Sales')
  expect(root.querySelector('.save-bar.shown')).toBeNull()
})

test('what is saved is the whole document, and what came back is shown', async () => {
  answer = document =>
    Response.json({ ...document, departments: [{ ...document.departments[0], name: 'Buying!' }] })
  await open()
  await type('#departments input', 'Buying')
  await save()
  expect(sent).toEqual([{ ...config, departments: [{ ...config.departments[0], name: 'Buying' }] }])
  expect(control('#departments input').value).toBe('Buying!')
  expect(root.querySelector('.save-state')?.textContent).toBe('Saved')
  expect(saved).toHaveBeenCalledOnce()
})

test('whether agents see what visitors are typing is chosen and saved', async () => {
  answer = document => Response.json(document)
  await open()
  const label = 'Show agents what visitors are typing'
  const find = () =>
    [...root.querySelectorAll<HTMLInputElement>('#behaviour input')].find(input =>
      input.closest('label')?.textContent?.includes(label),
    )
  expect(find()?.checked).toBe(false)
  await act(() => find()?.click())
  await save()
  expect(sent[0]?.settings).toEqual({ ...config.settings, draft_preview: true })
  expect(find()?.checked).toBe(true)
})

test('a domain that was typed and not added is saved too', async () => {
  answer = document => Response.json(document)
  await open()
  await type('#domains input', 'https://Shop.example/basket')
  await act(() => void control('#domains input').dispatchEvent(new Event('blur')))
  await save()
  expect(sent[0]?.allowed_domains).toEqual(['shop.example'])
})

test('a broken rule that the page knows is not sent', async () => {
  await open()
  await type('.colour-text', 'blue')
  await save()
  expect(sent).toEqual([])
  expect(control('.colour-text').getAttribute('aria-invalid')).toBe('true')
})

test('a broken rule that only the gateway knows stands beside its field, until that is edited', async () => {
  const error = {
    code: 'bad_field',
    field: 'departments[0].name',
    text: 'departments[0].name must be at most 200 bytes',
    retryable: false,
    retry_ms: 0,
  }
  answer = () => Response.json({ error }, { status: 422 })
  await open()
  await type('#departments input', 'x'.repeat(201))
  await save()
  expect(root.querySelector('#departments .field-error')?.textContent).toBe('Must be at most 200 bytes.')
  await type('#departments input', 'Buying')
  expect(root.querySelector('#departments .field-error')).toBeNull()
})

test('an agent sees the settings and cannot change them', async () => {
  await open('agent')
  expect(root.querySelector('.callout')?.textContent).toBe(
    'Only owners and admins can change these settings.',
  )
  expect(control('#departments input').closest('fieldset')?.disabled).toBe(true)
  expect(root.querySelector('#install pre')?.textContent).toContain('wk_demo')
})
