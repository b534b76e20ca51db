import { useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from '../../parts/index.ts'
import { useSheet } from '../../parts/sheet.ts'
import css from './more.css?inline'
import { choices, type Offers } from './offer.ts'

/** Something that the menu offers. */
export interface Choice {
  /** What it is called. */
  name: string
  /** Its icon's lines, on 24 by 24. */
  path: string
  /** For what is on or off: which of them. */
  on?: boolean
  run: () => void
}

/** By how many places a key moves; to an end is farther than there are choices. */
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -99, End: 99 }

export interface MenuProps {
  offers: Offers
  /** The menu's name. */
  label: string
  /** Something was chosen, or nothing: `back` when the keyboard is still here, to be given back. */
  onClose: (back: boolean) => void
}

/** A list of things to do. Arrow keys go round in it; leaving it closes it. */
export function Menu({ offers, label, onClose }: MenuProps) {
  const list = useRef<HTMLDivElement>(null)
  useSheet(list, css)
  const items = () => [...(list.current?.querySelectorAll('button') ?? [])]
  useLayoutEffect(() => items()[0]?.focus(), [])
  return (
    <div
      class="menu"
      role="menu"
      aria-label={label}
      ref={list}
      onKeyDown={event => {
        const { key } = event
        const step = STEPS[key]
        if (step) {
          const all = items()
          const at = all.findIndex(item => item.matches(':focus')) + step
          const round = Math.abs(step) === 1 ? (at + all.length) % all.length : step < 0 ? 0 : all.length - 1
          all[round]?.focus()
        } else if (key === 'Escape' || key === 'Tab') onClose(true)
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
      onFocusOut={({ relatedTarget }) => {
        if (!list.current?.contains(relatedTarget as Node | null)) onClose(false)
      }}
    >
      {choices(offers).map(({ name, path, on, run }) => (
        <button
          key={name}
          type="button"
          {...(on === undefined ? { role: 'menuitem' } : { role: 'menuitemcheckbox', 'aria-checked': on })}
          tabIndex={-1}
          onClick={() => {
            onClose(true)
            run()
          }}
        >
          <Icon path={path} />
          <span>{name}</span>
          {on && <Icon path="m5 12.5 4.5 4.5L19 7.5" />}
        </button>
      ))}
    </div>
  )
}
