import { SEARCH_QUERY_BYTES } from '@chatdesk/widget/client'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../../parts/icon.tsx'
import { TYPED_INTO } from './keyboard.ts'

/** How long nothing must have been typed until it is looked for, in milliseconds. */
export const SETTLE_MS = 250

type Props = {
  /** What is looked for. */
  value: string
  /** Told what to look for, once it stands for a moment. */
  onChange: (value: string) => void
  /** The same is to be looked for once more. */
  onAgain: () => void
}

/** Where one searches. `/` leads here from anywhere, Escape empties it, and leaves it when it is empty. */
export function SearchBox({ value, onChange, onAgain }: Props) {
  const [text, setText] = useState(value)
  const field = useRef<HTMLInputElement>(null)
  const told = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  // The browser's buttons changed it, or a link.
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
        return
      if ((event.target as HTMLElement).closest(TYPED_INTO) || document.querySelector('dialog[open]')) return
      event.preventDefault()
      field.current?.focus()
      field.current?.select()
    }
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      clearTimeout(timer.current)
    }
  }, [])

  function tell(next: string) {
    clearTimeout(timer.current)
    const words = next.trim()
    if (words === told.current) return
    told.current = words
    onChange(words)
  }

  function type(next: string) {
    setText(next)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => tell(next), SETTLE_MS)
  }

  function empty() {
    setText('')
    tell('')
    field.current?.focus()
  }

  return (
    <search class="search-box">
      <Icon name="search" size={17} />
      <input
        ref={field}
        class="search-field"
        type="search"
        aria-label="Search messages and contacts"
        aria-keyshortcuts="/"
        placeholder="Search"
        autocomplete="off"
        spellcheck={false}
        maxLength={SEARCH_QUERY_BYTES}
        value={text}
        onInput={event => type(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && !event.isComposing) {
            if (text.trim() === told.current) onAgain()
            else tell(text)
          }
          if (event.key !== 'Escape' || event.isComposing) return
          event.preventDefault()
          if (text) empty()
          else field.current?.blur()
        }}
      />
      {text ? (
        <button type="button" class="icon-button search-empty" aria-label="Empty the search" onClick={empty}>
          <Icon name="close" size={16} />
        </button>
      ) : (
        <span class="search-key" aria-hidden="true">
          /
        </span>
      )}
    </search>
  )
}
