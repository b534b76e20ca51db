import { useId, useRef, useState } from 'preact/hooks'
import { RequestError } from '../../client/index.ts'
import { t } from '../../words/words.ts'
import { Sheet } from './sheet.tsx'

export interface TranscriptProps {
  /** What the address begins with. */
  email: string
  /** Asks the gateway for it. Rejects like `client.request`. */
  ask: (email: string) => Promise<unknown>
  onClose: () => void
}

/** Asks where the conversation is to be sent. */
export function Transcript({ email, ask, onClose }: TranscriptProps) {
  const [address, setAddress] = useState(email)
  const [wrong, setWrong] = useState<string>()
  const [stage, setStage] = useState<'busy' | 'sent'>()
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const send = async () => {
    const fits = field.current?.validity.valid
    setWrong(fits ? undefined : t('form.email'))
    if (!fits) field.current?.focus()
    if (!fits || stage) return
    setStage('busy')
    try {
      await ask(address.trim())
      setStage('sent')
    } catch (error) {
      setStage(undefined)
      const code = error instanceof RequestError && error.error.code
      const why =
        code === 'bad_field' ? 'form.email' : code === 'rate_limited' ? 'form.attempts' : 'transcript.failed'
      setWrong(t(why))
    }
  }
  return (
    <Sheet title={t('transcript.title')} onClose={onClose}>
      {stage === 'sent' ? (
        <>
          <p role="status">{t('transcript.sent', { email: address.trim() })}</p>
          <button type="button" class="primary" onClick={onClose}>
            {t('menu.back')}
          </button>
        </>
      ) : (
        <form
          noValidate
          onSubmit={event => {
            event.preventDefault()
            send()
          }}
        >
          <div class={wrong ? 'question wrong' : 'question'}>
            <label for={id}>{t('form.address')}</label>
            <input
              id={id}
              ref={field}
              type="email"
              required
              autocomplete="email"
              value={address}
              aria-invalid={wrong !== undefined}
              aria-describedby={wrong && `${id}-problem`}
              onInput={event => setAddress(event.currentTarget.value)}
            />
            {wrong && (
              <p class="problem" id={`${id}-problem`}>
                {wrong}
              </p>
            )}
          </div>
          <button type="submit" class="primary" aria-disabled={stage === 'busy'}>
            {stage === 'busy' && <span class="cd-spinner" aria-hidden="true" />}
            {t('transcript.send')}
          </button>
        </form>
      )}
    </Sheet>
  )
}
