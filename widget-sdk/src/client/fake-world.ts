import { setImmediate } from 'node:timers/promises'
import { Client } from './client.ts'
import type { ClientEvents } from './events.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeGateway } from './fake-server.ts'
import { FakeStorage } from './fake-storage.ts'
import type { ClientOptions } from './options.ts'

/** How long to wait for what takes this machine's own time, in milliseconds. */
const PATIENCE_MS = 4_000

/** A clock, a gateway, a browser's storage, and clients in it. */
export class FakeWorld {
  readonly clock = new FakeClock()
  readonly gateway = new FakeGateway(this.clock)
  readonly storage = new FakeStorage()

  /** A client, as one tab's page has it. */
  client(options: Partial<ClientOptions> = {}): Client {
    // Chance is fixed, so only the time tells two pages' keys apart.
    this.clock.time += 1_000
    return new Client({
      url: 'ws://gateway.test/ws',
      hello: () => ({ role: 'visitor', widget_key: 'wk_test' }),
      storage: this.storage,
      storageKey: 'chatdesk',
      WebSocket: this.gateway.WebSocket,
      clock: this.clock,
      ...options,
    })
  }

  /** A client that is online. */
  async online(options: Partial<ClientOptions> = {}): Promise<Client> {
    const client = this.client(options)
    client.connect()
    await this.settle()
    return client
  }

  /** A visitor who is online, and follows a conversation of theirs. */
  async talking(options: Partial<ClientOptions> = {}): Promise<{ client: Client; conversation: string }> {
    const client = await this.online(options)
    const started = client.start({})
    await this.settle()
    return { client, conversation: (await started).conversation.conversation }
  }

  settle = () => this.gateway.settle()

  /** Settles until something holds that takes turns of the event loop: files are read and hashed in such. */
  async until(holds: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    while (performance.now() < end) {
      await this.gateway.settle(holds)
      if (holds()) return
      await setImmediate()
    }
    throw new Error('it never held')
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.clock.advance(ms, this.settle)
  }
}

/** Collects the events of one name. */
export function heard<E extends keyof ClientEvents>(client: Client, event: E): ClientEvents[E][] {
  const events: ClientEvents[E][] = []
  client.on(event, body => events.push(body))
  return events
}
