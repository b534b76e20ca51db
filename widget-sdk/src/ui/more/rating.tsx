import { useId, useRef, useState } from 'preact/hooks'
import { useSheet } from '../../parts/sheet.ts'
import { t } from '../../words/words.ts'
import question from '../question.css?inline'
import css from './rating.css?inline'

const SCORES = [1, 2, 3, 4, 5]
/** The gateway's bound on a comment, in UTF-16 units: a third of its bytes, which none of them exceeds. */
const COMMENT_MAX = 660
const STAR = 'm12 3 2.8 5.7 6.2.9-4.5 4.4 1 6.2L12 17.3l-5.5 2.9 1-6.2L3 9.6l6.2-.9Z'

/** Asks how the conversation was: one to five, and words if there are any. */
export function Rating({ onRate }: { onRate: (score: number, comment: string) => void }) {
  const box = useRef<HTMLFormElement>(null)
  useSheet(box, question)
  useSheet(box, css)
  const id = useId()
  const [score, setScore] = useState(0)
  const [comment, setComment] = useState('')
  return (
    <form
      class="rating"
      ref={box}
      onSubmit={event => {
        event.preventDefault()
        onRate(score, comment.trim().replaceAll('\0', ''))
      }}
    >
      <p id={id}>{t('rating.title')}</p>
      <div class="stars" role="radiogroup" aria-labelledby={id}>
        {SCORES.map(value => (
          <label
            key={value}
            class={value <= score ? 'star lit' : 'star'}
            title={t('rating.score', { score: value })}
          >
            <input
              type="radio"
              name={id}
              value={value}
              checked={value === score}
              aria-label={t('rating.score', { score: value })}
              onChange={() => setScore(value)}
            />
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d={STAR} />
            </svg>
          </label>
        ))}
      </div>
      {score > 0 && (
        <>
          <div class="question">
            <textarea
              rows={2}
              maxLength={COMMENT_MAX}
              placeholder={t('rating.comment')}
              aria-label={t('rating.comment')}
              value={comment}
              dir="auto"
              onInput={event => setComment(event.currentTarget.value)}
            />
          </div>
          <button type="submit" class="primary">
            {t('rating.send')}
          </button>
        </>
      )}
    </form>
  )
}
