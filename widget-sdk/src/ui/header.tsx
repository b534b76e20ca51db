import type { ComponentChildren } from 'preact'
import type { AgentCard } from '../client/index.ts'
import { AvatarStack, Icon } from '../parts/index.ts'
import { list, t } from '../words/words.ts'
import type { ChatView } from './view.ts'

export interface HeaderProps {
  /** Tall, with the greeting; else one line with who is there. */
  tall: boolean
  greeting: string
  view: Pick<ChatView, 'ready' | 'settings' | 'availability' | 'online' | 'back'>
  /** What stands in the conversation's place, and the way back to it. */
  page?: { title: string; onBack: () => void } | undefined
  onClose: () => void
  /** Buttons. */
  children?: ComponentChildren
}

/** `Ada`, `Ada and Bo`, `Ada, Bo and 2 others`. */
export function names(people: readonly Pick<AgentCard, 'name'>[]): string {
  const first = people.map(person => person.name.trim().split(/\s+/u)[0] ?? '')
  const others = t('header.others', { count: first.length - 2 })
  return list(first.length > 2 ? [...first.slice(0, 2), others] : first)
}

/** What is said while nobody is there: the organization's own words, and when somebody will be. */
export function Away({ view }: { view: Pick<ChatView, 'settings' | 'back'> }) {
  const { settings, back } = view
  return (
    <p class="away">
      <bdi>{settings.offline_message || t('header.offline')}</bdi>
      {back && ` ${back}`}
    </p>
  )
}

/** The window's coloured top: who is there, what else can be done, and the way out. */
export function Header({ tall, greeting, view, page, onClose, children }: HeaderProps) {
  const { agents } = view.availability
  const status = (
    <span class="status">
      <i class={view.online ? 'lamp on' : 'lamp'} />
      {t(view.online ? 'header.online' : 'header.away')}
    </span>
  )
  return (
    <div class={tall ? 'header tall' : 'header'}>
      {page ? (
        <button type="button" class="tool back" aria-label={t('menu.back')} onClick={page.onBack}>
          <Icon path="m14.5 6-6 6 6 6" />
        </button>
      ) : (
        agents.length > 0 && <AvatarStack people={agents} />
      )}
      <div class="who">
        {!tall && (
          <>
            <h2>
              <bdi>{page?.title ?? (agents.length > 0 ? names(agents) : t('header.title'))}</bdi>
            </h2>
            {!page && view.ready && status}
          </>
        )}
      </div>
      {children}
      <button
        type="button"
        class="tool"
        aria-label={t('header.close')}
        title={t('header.close')}
        onClick={onClose}
      >
        <Icon name="down" />
      </button>
      {tall && (
        <div class="hello">
          <h2 dir="auto">{greeting || t('header.greeting')}</h2>
          {view.ready && (view.online ? status : <Away view={view} />)}
        </div>
      )}
    </div>
  )
}
