import { vi } from 'vitest'
import { FakeWorld } from '../client/fake-world.ts'
import { Client, type VisitorWelcome, type Welcome } from '../client/index.ts'
import { Chat } from './chat.ts'
import type { Options } from './options.ts'
import type { Shell } from './shell.ts'

/** A browser without anything kept, a gateway, and pages with the widget, for tests; without the window. */
export class FakeBrowser {
  readonly world = new FakeWorld()
  /** What every welcome says beside what the gateway itself would. */
  change: Partial<VisitorWelcome> = {}

  constructor() {
    localStorage.clear()
    sessionStorage.clear()
    const { gateway } = this.world
    const tell = gateway.tell.bind(gateway)
    gateway.tell = (socket, name, body, ref) => {
      const visitor = name === 'welcome' && (body as Welcome).visitor
      tell(socket, name, visitor ? { ...body, visitor: { ...visitor, ...this.change } } : body, ref)
    }
  }

  /** A page; the next one is the same browser after a reload, or another tab's. */
  page(options: Partial<Options> = {}) {
    const events: [string, unknown][] = []
    const shell = {
      root: document.createElement('div').attachShadow({ mode: 'open' }),
      options: { widgetKey: 'wk_test', userData: {}, ...options },
      socket: 'ws://gateway.test/ws',
      storageKey: 'chatdesk:wk_test',
      agent: 'widget/1',
      emit: (name, detail) => events.push([name, detail]),
      know: vi.fn<Shell['know']>(),
      paint: vi.fn<Shell['paint']>(),
      conversation: vi.fn<Shell['conversation']>(),
      open: vi.fn<Shell['open']>(),
      close: vi.fn<Shell['close']>(),
      refused: vi.fn<Shell['refused']>(),
    } satisfies Shell
    this.world.clock.time += 1_000
    const { gateway, clock } = this.world
    const connect = (client: ConstructorParameters<typeof Client>[0]) =>
      new Client({ ...client, WebSocket: gateway.WebSocket, clock })
    const chat = new Chat(shell, () => {}, connect)
    const told = (name: string) => events.filter(([event]) => event === name).map(([, detail]) => detail)
    return { chat, shell, events, told }
  }

  /** The conversations' ids, in the order in which they were started. */
  get conversations(): string[] {
    return [...this.world.gateway.logs.keys()]
  }
}
