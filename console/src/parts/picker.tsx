import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

type Option<T extends string> = {
  value: T
  label: string
  /** What the button says in place of the label while this is chosen. */
  face?: string
  drawing?: ComponentChildren
  /** A word more, quieter, behind the label. */
  hint?: string | undefined
}
type Props<T extends string> = {
  /** What is chosen here, for screen readers and as a tooltip: `Priority`. */
  label: string
  options: readonly Option<T>[]
  value: T
  /** Drawn as words among others, and not as a button. */
  quiet?: boolean
  onPick: (value: T) => void
}

/** By how much a key moves within the list; `Home` and `End` go to its ends. */
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }

/**
 * One of a few, chosen from a menu. Arrows go through it, a letter to what begins with it, Enter chooses; Escape, and
 * leaving it, close it.
 */
export function Picker<T extends string>({ label, options, value, quiet = false, onPick }: Props<T>) {
  const [open, setOpen] = useState(false)
  const holder = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const current = options.find(option => option.value === value)

  useEffect(() => {
    if (!open) return
    list.current?.querySelector<HTMLElement>('[aria-checked=true]')?.focus()
    const onElsewhere = (event: Event) => {
      if (!holder.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', onElsewhere)
    document.addEventListener('focusin', onElsewhere)
    return () => {
      document.removeEventListener('pointerdown', onElsewhere)
      document.removeEventListener('focusin', onElsewhere)
    }
  }, [open])

  const close = () => {
    setOpen(false)
    button.current?.focus()
  }

  /** Where the next option is that begins with what was typed, after the one at `at` and around. */
  const beginning = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, at: number) => {
    if (!open || key.length !== 1 || key === ' ' || ctrlKey || metaKey || altKey) return undefined
    const typed = key.toLocaleLowerCase()
    const after = [...options.keys()].map(index => (at + 1 + index) % options.length)
    // What no option begins with does nothing, here or on the page.
    return after.find(index => options[index]?.label.toLocaleLowerCase().startsWith(typed)) ?? at
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (event.key === 'Escape' && open) close()
    else if (event.key === 'Tab') return setOpen(false)
    else if (step !== undefined && !open) setOpen(true)
    else {
      const items = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitemradio]') ?? [])]
      const at = items.indexOf(document.activeElement as HTMLElement)
      const next =
        step === undefined ? beginning(event, at) : Math.min(Math.max(at + step, 0), items.length - 1)
      if (next === undefined) return
      items[next]?.focus()
    }
    // What the menu took is nobody else's: neither the page's list nor the page scrolls by it.
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it hears keys that the button and the items within it take
    <div class="picker" ref={holder} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class={quiet ? 'picker-button quiet' : 'button small picker-button'}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {current?.drawing}
        <span class="unseen">
          {label}: {current?.label ?? value}
        </span>
        <span class="picker-value" aria-hidden="true">
          {current?.face ?? current?.label ?? value}
        </span>
        <span class="picker-more">
          <Icon name="down" size={14} />
        </span>
      </button>
      {open && (
        <div
          class={quiet ? 'picker-list start' : 'picker-list'}
          role="menu"
          aria-label={label}
          id={id}
          ref={list}
        >
          {options.map(option => (
            <button
              key={option.value}
              type="button"
              role="menuitemradio"
              aria-checked={option.value === value}
              tabIndex={-1}
              class="picker-item"
              onClick={() => {
                close()
                if (option.value !== value) onPick(option.value)
              }}
            >
              {option.drawing}
              <span class="picker-label">{option.label}</span>
              {option.hint && <span class="picker-hint"> {option.hint}</span>}
              {option.value === value && <Icon name="check" size={16} />}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
