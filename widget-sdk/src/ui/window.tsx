import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useLater } from '../parts/later.ts'
import { direction, language, t } from '../words/words.ts'
import { ConnectionBanner } from './banner.tsx'
import type { Bell } from './bell.ts'
import type { Chat } from './chat.ts'
import { useDrop } from './drop.ts'
import type { Filled } from './form.ts'
import { Header } from './header.tsx'
import { MenuButton, more } from './menu.tsx'
import { useModal } from './modal.ts'
import type { Place } from './more/offer.ts'
import type { Options } from './options.ts'
import { Sight } from './sight.ts'
import { Talk } from './talk.tsx'
import type { ChatView } from './view.ts'
import { useVisibleArea } from './viewport.ts'

export interface WindowProps {
  chat: Chat
  options: Options
  bell: Bell
  /** Counts the times that the keyboard was asked into the window. */
  focus: number
  onClose: () => void
  onPopOut: () => void
}

/** What the form can be filled in with: what the visitor said, what the page says, what the gateway remembers. */
function known({ name, answers }: ChatView, { userData }: Options): Filled {
  const said = Object.fromEntries(answers.map(({ key, value }) => [key, value]))
  return { ...(name && { name }), ...userData, ...said }
}

/** What is loaded where there is a form to fill in. */
const form = () => import('./prechat.tsx')

/** The chat window: form or conversation, whichever is due, and what the menu leads to. */
export function Window({ chat, options, bell, focus, onClose, onPopOut }: WindowProps) {
  const { view } = chat
  const { log } = view
  const frame = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const [asked, go] = useState<Place>()
  const [large, setLarge] = useState(chat.tab.get('large') !== undefined)
  const loaded = useLater(more, asked)
  // What is over cannot be ended; what was asked of one conversation is not asked of another.
  const place = (asked === 'end' && !chat.talking) || (asked === 'transcript' && !log) ? undefined : asked
  const sheet = place !== undefined && place !== 'previous'
  const greeting =
    view.greeting ?? options.greeting ?? (view.settings.greeting_message || t('header.greeting'))
  const said = view.waiting.length + view.files.length
  const asking = chat.asksFirst || (view.starting && said === 0 && !log)
  const screen = !view.ready ? 'blank' : place === 'previous' ? place : asking ? 'form' : 'talk'
  const forms = useLater(form, screen === 'form' && view.connection)
  const given = known(view, options)
  // What is drawn with; null when it could not be loaded.
  const refused = view.connection === 'refused'
  const there = { blank: refused || undefined, form: forms, previous: loaded, talk: true }[screen]
  useVisibleArea(frame, view.open)
  useDrop(frame)
  const modal = useModal(frame, view.open && options.display !== 'page')

  const back = () => go(undefined)
  useEffect(back, [log?.conversation])

  // Whoever comes back from where the menu led to goes on writing.
  useLayoutEffect(() => {
    if (place) return () => (field.current ?? frame.current)?.focus({ preventScroll: true })
  }, [place])

  // What to fill in or write comes first; without it, the window itself, so that Escape and Tab begin here.
  useLayoutEffect(() => {
    if (focus === 0 || !view.open || place) return
    const first =
      field.current ??
      frame.current?.querySelector<HTMLElement>('.prechat input, .prechat select, .prechat textarea')
    ;(first ?? frame.current)?.focus({ preventScroll: true })
  }, [focus, screen, forms])

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const sight = new Sight(element, chat.seen.see)
    chat.seen.inSight = () => sight.clear
    return () => sight.close()
  }, [chat])

  useEffect(() => {
    const element = frame.current
    const keydown = (event: KeyboardEvent) => {
      // An Escape that ends an input method's composition is not meant for the window.
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return
      event.stopPropagation()
      onClose()
    }
    element?.addEventListener('keydown', keydown)
    return () => element?.removeEventListener('keydown', keydown)
  }, [onClose])

  const resize = () => {
    setLarge(!large)
    if (large) chat.tab.remove('large')
    else chat.tab.set('large', '1')
  }
  const popOut = options.display === 'page' ? undefined : onPopOut
  return (
    <div
      class={`window${options.display === 'page' ? ' page' : large ? ' large' : ''}`}
      role="dialog"
      aria-label={t('window.name')}
      aria-modal={modal || undefined}
      lang={language()}
      dir={direction()}
      tabIndex={-1}
      data-drop
      hidden={!view.open}
      ref={frame}
    >
      <div class="main" inert={sheet}>
        <Header
          tall={screen === 'form' || screen === 'blank'}
          greeting={greeting}
          view={view}
          page={screen === 'previous' ? { title: t('menu.previous'), onBack: back } : undefined}
          onClose={onClose}
        >
          {view.ready && (
            <MenuButton offers={{ chat, bell, large, resize, go, popOut }} unread={view.elsewhere} />
          )}
        </Header>
        {/* There before it says anything, so that screen readers notice when it does. */}
        <div aria-live="polite">
          <ConnectionBanner state={view.connection} slow={view.slow} onProbe={chat.probe} />
        </div>
        {view.left && log && !log.items.some(({ entry }) => entry.sender.kind === 'agent') && (
          <p class="left" role="status">
            {view.left.email ? t('away.mail', { email: view.left.email }) : t('away.here')}
          </p>
        )}
        <div class="body">
          {screen === 'form' && forms && (
            <forms.Prechat
              form={chat.form}
              departments={view.departments}
              settled={chat.department !== undefined}
              given={given}
              busy={view.starting}
              refused={view.refused}
              message={!view.online && said === 0}
              draft={chat.draft}
              onDraft={text => {
                chat.draft = text
              }}
              onSubmit={(answers, department, message) => {
                if (message) chat.draft = ''
                chat.begin(answers, department, message)
              }}
            />
          )}
          {screen === 'talk' && <Talk chat={chat} view={view} greeting={greeting} fieldRef={field} />}
          {screen === 'previous' && loaded && <loaded.Previous chat={chat} onClose={back} />}
          {!there && (
            <div class="blank">
              {there === null ? (
                <p role="alert">{t('menu.failed')}</p>
              ) : (
                <span class="cd-spinner" aria-hidden="true" />
              )}
            </div>
          )}
        </div>
      </div>
      {sheet && loaded && (
        <loaded.Ask place={place} chat={chat} email={view.left?.email ?? given.email ?? ''} onClose={back} />
      )}
    </div>
  )
}
