import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

/** A question with two answers. */
export type Question = { title: string; text: string; yes: string; no: string; danger?: boolean }

const asked = signal<{ question: Question; answer: (yes: boolean) => void } | undefined>(undefined)

/** Asks, over everything else, and waits. Escape means no; so does asking again before there was an answer. */
export function confirm(question: Question): Promise<boolean> {
  asked.peek()?.answer(false)
  return new Promise(resolve => {
    asked.value = {
      question,
      answer: yes => {
        asked.value = undefined
        resolve(yes)
      },
    }
  })
}

/** Where questions appear; once, at the root. */
export function Confirm() {
  const now = asked.value
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (now) dialog.current?.showModal()
  }, [now])
  if (!now) return null
  const { question, answer } = now
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="confirm-title"
      aria-describedby="confirm-text"
      onCancel={() => answer(false)}
    >
      <h2 id="confirm-title">{question.title}</h2>
      <p id="confirm-text">{question.text}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => answer(false)}>
          {question.no}
        </button>
        <button
          type="button"
          class={`button ${question.danger ? 'danger' : 'primary'}`}
          onClick={() => answer(true)}
        >
          {question.yes}
        </button>
      </div>
    </dialog>
  )
}
