import type { AgentAvailability, Client, Colleague } from '../client/index.ts'
import { type Store, Subscribers } from './store.ts'

/** The members of an organization, as an agent sees them. Immutable: a change makes a new one. */
export interface PresenceView {
  /** By name, oneself among them. */
  readonly colleagues: readonly Colleague[]
  /** What one has chosen; undefined before the first welcome. */
  readonly availability: AgentAvailability | undefined
}

/** Who of an organization is there. */
export interface PresenceStore extends Store<PresenceView> {
  /** Says whether one takes conversations; kept until one chooses again. Rejects like `client.request`. */
  choose(availability: AgentAvailability): Promise<void>
  close(): void
}

/** Keeps an agent's view of who is there: from each welcome on, as they come, go and choose. */
export function openPresence(client: Client): PresenceStore {
  let view: PresenceView = { colleagues: [], availability: undefined }
  const subscribers = new Subscribers(() => view)

  function set(colleagues: readonly Colleague[], availability: AgentAvailability | undefined): void {
    view = { colleagues: [...colleagues].sort(byName), availability }
    subscribers.changed()
  }

  function welcomed(): void {
    const { agent } = client.welcome ?? {}
    // An older gateway knows of none.
    if (agent) set(agent.colleagues ?? [], agent.availability)
  }

  /** Somebody came, went, or chose. Oneself too: in another tab, say. */
  function told(colleague: Colleague): void {
    const others = view.colleagues.filter(({ id }) => id !== colleague.id)
    const chosen = colleague.id === client.me?.id ? colleague.availability : view.availability
    set([...others, colleague], chosen)
  }

  const offs = [client.on('welcome', welcomed), client.on('presence', told)]
  welcomed()

  return {
    get view() {
      return view
    },
    subscribe: handler => subscribers.add(handler),
    async choose(availability) {
      await client.request('set_availability', { availability })
      const self = view.colleagues.find(({ id }) => id === client.me?.id)
      if (self) told({ ...self, availability })
    },
    close() {
      for (const off of offs) off()
    },
  }
}

function byName(a: Colleague, b: Colleague): number {
  return a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)
}
