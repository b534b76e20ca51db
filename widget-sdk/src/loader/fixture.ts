// What the loader's tests stand on: a page, and a gateway whose panel only notes what it is asked.
import { vi } from 'vitest'
import type { Command } from '../loader.ts'
import type { Looks, Panel, PanelModule } from '../ui/shell.ts'
import type { Gateway } from './gateway.ts'

export const looks: Looks = {
  colors: { '--cd-brand': '#112233' },
  side: 'left',
  icon: { line: 'M0 0' },
  labels: { open: 'Open chat', close: 'Close chat', dismiss: 'Dismiss' },
  rules: [],
}

/** A gateway whose panel only notes what the loader asks of it. */
export function gateway() {
  const panel = { show: vi.fn(), call: vi.fn<Panel['call']>(), destroy: vi.fn() } satisfies Panel
  const shells: Parameters<PanelModule['start']>[0][] = []
  const start: PanelModule['start'] = shell => {
    shells.push(shell)
    return panel
  }
  const load = vi.fn<Gateway['load']>(async () => ({ start }))
  const files: Gateway = {
    part: name => `${name}-1.js`,
    latest: name => `${name}.js`,
    socket: 'ws://gateway/ws',
    version: '1.2.3',
    load,
  }
  return { files, panel, shells, load }
}

/** The page's window, with the snippet's stand-in or without. */
export function page(...calls: unknown[][]) {
  const target: { chatdesk?: unknown } = {}
  if (calls.length > 0) target.chatdesk = Object.assign(() => {}, { q: calls })
  const run: Command = (...args) => (target.chatdesk as Command)(...args)
  left.push(() => run('shutdown'))
  return { target, run }
}

/** Takes each test's widgets off the page. */
export const left: (() => void)[] = []

export const host = () => document.querySelector<HTMLElement>('chatdesk-widget')
export const bubble = () => host()?.shadowRoot?.querySelector<HTMLButtonElement>('.bubble')
export const key = { widgetKey: 'wk_1' }
