import { render } from 'preact'
import type { Events } from '../api.ts'
import { Store } from '../client/storage.ts'
import { complain } from '../loader/events.ts'
import parts from '../parts/parts.css?inline'
import theme from '../parts/theme.css?inline'
import { onWords, t } from '../words/words.ts'
import { Aloud } from './aloud.ts'
import { Asked } from './asked.ts'
import { Bell } from './bell.ts'
import bubble from './bubble.css?inline'
import { Chat } from './chat.ts'
import { contain } from './contained.ts'
import { readOptions } from './options.ts'
import type { Panel, PanelModule, Shell } from './shell.ts'
import { begin } from './speech.ts'
import { storage } from './storage.ts'
import css from './ui.css?inline'
import { Window } from './window.tsx'

/** Starts the panel: connects, and draws the window when it is asked for. */
export const start: PanelModule['start'] = (given): Panel => {
  const { options, problems } = readOptions(given.options as object)
  for (const { option, rule } of problems) {
    complain(`${option} ${rule}`)
    given.emit('error', { code: 'bad_field', field: option, message: rule })
  }
  const alone = options.display === 'page'
  // A window of its own is closed as such, where it may be.
  const shell: Shell = { ...given, options, ...(alone && { close: () => window.close() }) }
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(theme + parts + bubble + css)
  shell.root.adoptedStyleSheets = [...shell.root.adoptedStyleSheets, sheet]
  const place = document.createElement('div')
  if (alone) place.className = 'alone'
  const aloud = new Aloud()
  shell.root.prepend(place, aloud.element)
  contain(shell.root)

  let focus = 0
  let due = false
  /** Whether there are texts to draw the window with. */
  let fluent = false
  const close = () => shell.close()
  const popOut = () => asked.call('popout', [])
  const draw = () => {
    due = false
    if (!fluent) return
    const { options } = shell
    const props = { chat, options, bell, focus, onClose: close, onPopOut: popOut }
    render(<Window {...props} />, place)
  }
  const changed = () => {
    if (due) return
    due = true
    queueMicrotask(draw)
  }
  const announcing: Shell = {
    ...shell,
    emit(name, detail, label) {
      shell.emit(name, detail, label)
      if (name === 'unread') bell.unread((detail as { count: number }).count)
      // The connection's first steps are told while the chat is being made.
      if (name !== 'message:received' && name !== 'status') return
      const { open, ready } = chat.view
      if (name === 'message:received') {
        const { id, name: who, text } = detail as Events['message:received']
        // What a closed window got may be nobody else's to hear.
        if (open) aloud.say(`${who ?? t('typing.agent')}: ${text}`)
        else aloud.say(who ? t('bubble.news-from', { name: who }) : t('bubble.news'))
        bell.received(id)
      }
      // Not the first, which is there when the window opens.
      if (name === 'status' && open && ready) {
        aloud.say(t((detail as Events['status']).online ? 'header.online' : 'header.away'))
      }
    },
  }
  const chat = new Chat(announcing, changed)
  const bell = new Bell(chat, new Store(shell.storageKey, storage('localStorage')))
  const asked = new Asked(chat, shell)
  const hush = onWords(() => chat.repaint())
  let gone = false
  begin(shell).then(() => {
    fluent = !gone
    draw()
  })

  return {
    show(open, withFocus) {
      if (withFocus) focus++
      if (open) aloud.hush()
      chat.show(open)
      draw()
    },
    call: (method, args) => asked.call(method, args),
    destroy() {
      gone = true
      fluent = false
      hush()
      bell.unread(0)
      asked.close()
      chat.destroy()
      render(null, place)
      place.remove()
      aloud.element.remove()
    },
  }
}
