import type { Availability } from '../client/index.ts'
import { AvatarStack, Icon } from '../parts/index.ts'

/** What an agent's absence is called when the organization has not said. */
const AWAY = 'We are away right now. Leave a message and we will get back to you.'
const GREETING = 'Hi there! How can we help?'

export interface HeaderProps {
  /** Tall, with the greeting; else one line with who is there. */
  tall: boolean
  greeting: string
  /** What to say when nobody is there. */
  offline: string
  /** Undefined until the gateway has said. */
  availability: Availability | undefined
  onClose: () => void
}

/** `Ada`, `Ada and Bo`, `Ada, Bo and 2 others`. */
export function names(people: readonly { name: string }[]): string {
  const first = people.map(person => person.name.trim().split(/\s+/u)[0] ?? '')
  if (first.length <= 2) return first.join(' and ')
  const more = first.length - 2
  return `${first[0]}, ${first[1]} and ${more} ${more === 1 ? 'other' : 'others'}`
}

/** What is said while nobody is there; `text` is the organization's own. */
export function Away({ text }: { text: string }) {
  return (
    <p class="away" dir="auto">
      {text || AWAY}
    </p>
  )
}

/** The window's coloured top: who is there, and the way out. */
export function Header({ tall, greeting, offline, availability, onClose }: HeaderProps) {
  const { online, agents } = availability ?? { online: false, agents: [] }
  const status = (
    <span class="status">
      <i class={online ? 'lamp on' : 'lamp'} />
      {online ? 'Online now' : 'Away'}
    </span>
  )
  return (
    <div class={tall ? 'header tall' : 'header'}>
      {agents.length > 0 && <AvatarStack people={agents} />}
      {!tall && (
        <div class="who">
          <h2>{agents.length > 0 ? names(agents) : 'Chat with us'}</h2>
          {status}
        </div>
      )}
      <button type="button" class="close" aria-label="Close chat" title="Close" onClick={onClose}>
        <Icon name="down" />
      </button>
      {tall && (
        <div class="hello">
          <h2 dir="auto">{greeting || GREETING}</h2>
          {availability && (online ? status : <Away text={offline} />)}
        </div>
      )}
    </div>
  )
}
