import type { TargetedEvent, TargetedKeyboardEvent } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { TEXT_BYTES } from '../client/index.ts'
import { t } from '../words/words.ts'
import { type Attaching, useAttaching } from './attach.tsx'
import { fileSize } from './filesize.ts'
import { Icon } from './icon.tsx'
import { useLater } from './later.ts'

const utf8 = new TextEncoder()
const loadPicker = () => import('./picker.ts')

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
  /** Where files go; without it none can be attached. */
  attaching?: Attaching | undefined
}

/** A field that grows with its text, emoji and files to go with it. Enter sends, Shift+Enter breaks the line. */
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
  const form = useRef<HTMLFormElement>(null)
  const files = useAttaching(form, props.attaching)
  const [picking, setPicking] = useState(false)
  const picker = useLater(loadPicker, picking)
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

  // Whoever goes on elsewhere is done with emoji.
  useEffect(() => {
    const root = form.current?.getRootNode()
    if (!picking || !root) return
    const down = (event: Event) => form.current?.contains(event.target as Node) || setPicking(false)
    root.addEventListener('pointerdown', down)
    return () => root.removeEventListener('pointerdown', down)
  }, [picking])

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
  const pick = (emoji: string, more: boolean) => {
    const element = field.current
    if (!element) return
    element.setRangeText(emoji, element.selectionStart, element.selectionEnd, 'end')
    change(element.value)
    if (more) return
    setPicking(false)
    element.focus()
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
      ref={form}
      onSubmit={event => {
        event.preventDefault()
        send()
      }}
      onKeyDown={event => {
        if (!picking || event.key !== 'Escape' || event.isComposing) return
        event.preventDefault()
        setPicking(false)
        field.current?.focus()
      }}
    >
      {files.tray}
      {picking && picker && <picker.Picker onPick={pick} />}
      {picking && picker === null && (
        <p class="cd-problem" role="alert">
          {t('composer.unloaded')}
        </p>
      )}
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
          onPaste={files.paste}
          onBlur={() => onTyping?.(false, text)}
        />
        {files.button}
        <button
          type="button"
          class="cd-tool"
          aria-label={t('composer.emoji')}
          title={t('composer.emoji')}
          aria-expanded={picking}
          onClick={() => setPicking(!picking)}
        >
          <Icon name="smile" />
        </button>
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
