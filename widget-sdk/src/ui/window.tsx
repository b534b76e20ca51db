import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { direction, language, t } from '../words/words.ts'
import { ConnectionBanner } from './banner.tsx'
import type { Chat } from './chat.ts'
import type { Filled } from './form.ts'
import { Header } from './header.tsx'
import type { Options } from './options.ts'
import { Prechat } from './prechat.tsx'
import { Talk } from './talk.tsx'
import type { ChatView } from './view.ts'
import { useVisibleArea } from './viewport.ts'

export interface WindowProps {
  chat: Chat
  options: Options
  /** Counts the times that the keyboard was asked into the window. */
  focus: number
  onClose: () => void
}

/** What the form can be filled in with: what the visitor said, what the page says, what the gateway remembers. */
function known({ name, answers }: ChatView, { userData }: Options): Filled {
  const said = Object.fromEntries(answers.map(({ key, value }) => [key, value]))
  return { ...(name && { name }), ...userData, ...said }
}

/** The chat window: form or conversation, whichever is due. */
export function Window({ chat, options, focus, onClose }: WindowProps) {
  const view = chat.view
  const frame = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const greeting = view.greeting ?? options.greeting ?? view.settings.greeting_message
  const said = view.waiting.length + view.files.length
  const asking = chat.asksFirst || (view.starting && said === 0 && !view.log)
  const screen = !view.ready ? 'blank' : asking ? 'form' : 'talk'
  useVisibleArea(frame, view.open)

  // What to fill in or write comes first; without it, the window itself, so that Escape and Tab begin here.
  useLayoutEffect(() => {
    if (focus === 0 || !view.open) return
    const first =
      field.current ??
      frame.current?.querySelector<HTMLElement>('.prechat input, .prechat select, .prechat textarea')
    ;(first ?? frame.current)?.focus({ preventScroll: true })
  }, [focus, screen])

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

  return (
    <div
      class="window"
      role="dialog"
      aria-label={t('window.name')}
      lang={language()}
      dir={direction()}
      tabIndex={-1}
      data-drop
      hidden={!view.open}
      ref={frame}
    >
      <Header
        tall={screen !== 'talk'}
        greeting={greeting}
        offline={view.settings.offline_message}
        availability={view.ready ? view.availability : undefined}
        onClose={onClose}
      />
      <ConnectionBanner state={view.connection} slow={view.slow} onProbe={chat.probe} />
      <div class="body">
        {screen === 'form' && (
          <Prechat
            form={view.form}
            departments={view.departments}
            settled={chat.department !== undefined}
            given={known(view, options)}
            busy={view.starting}
            refused={view.refused}
            onSubmit={(answers, department) => chat.begin(answers, department)}
          />
        )}
        {screen === 'talk' && <Talk chat={chat} view={view} greeting={greeting} fieldRef={field} />}
        {screen === 'blank' && view.connection !== 'refused' && (
          <div class="blank">
            <span class="cd-spinner" aria-hidden="true" />
          </div>
        )}
      </div>
    </div>
  )
}
