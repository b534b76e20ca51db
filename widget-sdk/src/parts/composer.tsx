import type { ComponentChildren, TargetedEvent, TargetedKeyboardEvent } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { TEXT_BYTES } from '../client/index.ts'
import { t } from '../words/words.ts'
import { fileSize } from './attachment.tsx'
import { Icon } from './icon.tsx'

const utf8 = new TextEncoder()

/** What is wrong with a text that is to be sent, in words; undefined when nothing is. `max` in bytes of UTF-8. */
export function tooLong(text: string, max: number): string | undefined {
  const over = utf8.encode(text).length - max
  if (over <= 0) return undefined
  return t('composer.long', { size: fileSize(over), limit: fileSize(max) })
}

/** Makes a field as high as its text. */
function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto'
  field.style.height = `${field.scrollHeight}px`
}

export interface ComposerProps {
  onSend: (text: string) => void
  /** Called at each key with what stands there, and with false when the text was sent, emptied or left. */
  onTyping?: (on: boolean, text: string) => void
  /** What the text begins with; later changes of it are ignored. */
  draft?: string
  /** Called with each change, so that it can be kept. */
  onDraft?: (text: string) => void
  placeholder?: string
  /** The field's name to screen readers. */
  label?: string
  /** Longest text, in bytes of UTF-8. */
  maxBytes?: number
  /** Nothing can be sent now; the text can still be written. */
  blocked?: boolean
  /** Is given the field once, for moving the focus. */
  fieldRef?: { current: HTMLTextAreaElement | null }
  /** Buttons to the left of "send". */
  children?: ComponentChildren
}

/** A field that grows with its text. Enter sends, Shift+Enter breaks the line. */
export function Composer(props: ComposerProps) {
  const {
    onSend,
    onTyping,
    onDraft,
    placeholder = t('composer.placeholder'),
    label = t('composer.name'),
  } = props
  const [text, setText] = useState(props.draft ?? '')
  const own = useRef<HTMLTextAreaElement>(null)
  const field = props.fieldRef ?? own
  const problemId = useId()
  const body = text.trim()
  const problem = tooLong(body, props.maxBytes ?? TEXT_BYTES)
  const ready = body !== '' && !problem && !props.blocked

  useLayoutEffect(() => {
    if (field.current) fit(field.current)
  }, [text])

  // In a field that was not shown nothing could be measured, and at another width the text breaks elsewhere.
  useLayoutEffect(() => {
    const element = field.current
    if (!element || typeof ResizeObserver !== 'function') return
    let width = element.offsetWidth
    const observer = new ResizeObserver(() => {
      if (element.offsetWidth === width) return
      width = element.offsetWidth
      fit(element)
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const change = (next: string) => {
    setText(next)
    onDraft?.(next)
    onTyping?.(next.trim() !== '', next)
  }
  const send = () => {
    field.current?.focus()
    if (!ready) return
    change('')
    onSend(body)
  }
  const keydown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // An Enter that ends an input method's composition chooses a word; it does not send.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    send()
  }
  return (
    <form
      class="cd-composer"
      onSubmit={event => {
        event.preventDefault()
        send()
      }}
    >
      {problem && (
        <p class="cd-problem" id={problemId} role="alert">
          {problem}
        </p>
      )}
      <div class="cd-composer-row">
        <textarea
          ref={field}
          class="cd-field"
          rows={1}
          value={text}
          placeholder={placeholder}
          aria-label={label}
          aria-invalid={problem !== undefined}
          aria-describedby={problem && problemId}
          enterkeyhint="send"
          dir="auto"
          // NUL cannot be stored.
          onInput={(event: TargetedEvent<HTMLTextAreaElement>) =>
            change(event.currentTarget.value.replaceAll('\0', ''))
          }
          onKeyDown={keydown}
          onBlur={() => onTyping?.(false, text)}
        />
        {props.children}
        <button
          type="submit"
          class="cd-send"
          aria-label={t('composer.send')}
          title={t('composer.send')}
          aria-disabled={!ready}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  )
}
