import type { Availability } from '../client/index.ts'
import { AvatarStack, Icon } from '../parts/index.ts'
import { list, t } from '../words/words.ts'

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
  const others = t('header.others', { count: first.length - 2 })
  return list(first.length > 2 ? [...first.slice(0, 2), others] : first)
}

/** What is said while nobody is there; `text` is the organization's own. */
export function Away({ text }: { text: string }) {
  return (
    <p class="away" dir="auto">
      {text || t('header.offline')}
    </p>
  )
}

/** The window's coloured top: who is there, and the way out. */
export function Header({ tall, greeting, offline, availability, onClose }: HeaderProps) {
  const { online, agents } = availability ?? { online: false, agents: [] }
  const status = (
    <span class="status">
      <i class={online ? 'lamp on' : 'lamp'} />
      {t(online ? 'header.online' : 'header.away')}
    </span>
  )
  return (
    <div class={tall ? 'header tall' : 'header'}>
      {agents.length > 0 && <AvatarStack people={agents} />}
      {!tall && (
        <div class="who">
          <h2>
            <bdi>{agents.length > 0 ? names(agents) : t('header.title')}</bdi>
          </h2>
          {status}
        </div>
      )}
      <button
        type="button"
        class="close"
        aria-label={t('header.close')}
        title={t('header.close')}
        onClick={onClose}
      >
        <Icon name="down" />
      </button>
      {tall && (
        <div class="hello">
          <h2 dir="auto">{greeting || t('header.greeting')}</h2>
          {availability && (online ? status : <Away text={offline} />)}
        </div>
      )}
    </div>
  )
}
