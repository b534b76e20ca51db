import { useState } from 'preact/hooks'
import { useSheet } from '../parts/sheet.ts'
import type { LogView } from '../state/index.ts'
import { t } from '../words/words.ts'
import type { Chat } from './chat.ts'
import { Rating } from './more/rating.tsx'
import css from './over.css?inline'

/** Whether the visitor has said how a conversation was. */
const rated = (log: LogView) =>
  log.summary?.rating !== undefined || log.items.some(({ entry }) => entry.content.kind === 'rating')

export interface OverProps {
  chat: Chat
  log: LogView
  /** The part of the window that it is, for the keyboard. */
  placeRef: { current: HTMLDivElement | null }
}

/** Stands in the composer's place when a conversation is over: how it was, and how to go on. */
export function Over({ chat, log, placeRef }: OverProps) {
  const [thanked, setThanked] = useState(false)
  const asks = chat.view.settings.ask_rating && log.ready && !rated(log)
  useSheet(placeRef, css)
  return (
    <div class="over" tabIndex={-1} ref={placeRef}>
      {asks && (
        <Rating
          onRate={(score, comment) => {
            chat.rate(score, comment)
            setThanked(true)
            placeRef.current?.focus()
          }}
        />
      )}
      {!asks && <p role="status">{t(thanked ? 'rating.thanks' : 'talk.resolved')}</p>}
      <button type="button" class={asks ? 'cd-link' : 'primary'} onClick={() => chat.leave()}>
        {t('talk.new')}
      </button>
      <button type="button" class="cd-link" onClick={() => chat.resume()}>
        {t('talk.resume')}
      </button>
    </div>
  )
}
