import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'

type Props = {
  /** What the button is called. */
  label: string
  /** What the button shows. */
  face: ComponentChildren
  children: ComponentChildren
}

/** A button that opens a small panel beside it. Escape, and a click or focus elsewhere, close it. */
export function Menu({ label, face, children }: Props) {
  const [open, setOpen] = useState(false)
  const holder = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()

  useEffect(() => {
    if (!open) return
    const onElsewhere = (event: Event) => {
      if (!holder.current?.contains(event.target as Node)) setOpen(false)
    }
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      setOpen(false)
      button.current?.focus()
    }
    document.addEventListener('pointerdown', onElsewhere)
    document.addEventListener('focusin', onElsewhere)
    document.addEventListener('keydown', onEscape)
    return () => {
      document.removeEventListener('pointerdown', onElsewhere)
      document.removeEventListener('focusin', onElsewhere)
      document.removeEventListener('keydown', onEscape)
    }
  }, [open])

  return (
    <div class="menu" ref={holder}>
      <button
        ref={button}
        type="button"
        class="menu-button"
        title={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {face}
        <span class="unseen">{label}</span>
      </button>
      <div id={id} class="menu-panel" hidden={!open}>
        {children}
      </div>
    </div>
  )
}
