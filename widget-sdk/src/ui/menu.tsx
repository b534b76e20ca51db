import { useRef, useState } from 'preact/hooks'
import { Icon } from '../parts/index.ts'
import { useLater } from '../parts/later.ts'
import { t } from '../words/words.ts'
import type { Offers } from './more/offer.ts'

/** What is loaded when it is wanted: the menu, and what it leads to. */
export const more = () => import('./more.ts')

export interface MenuButtonProps {
  offers: Offers
  /** How many messages are unread where only the menu leads to. */
  unread: number
}

/** Opens the menu, which is loaded when a visitor comes near. */
export function MenuButton({ offers, unread }: MenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  /** Counts the times that it was wanted: what could not be loaded is tried again. */
  const [wanted, want] = useState(0)
  const loaded = useLater(more, wanted)
  const label = unread > 0 ? t('menu.unread', { count: unread }) : t('menu.name')
  const near = () => want(times => times + 1)
  return (
    <div class="more">
      <button
        type="button"
        class={unread > 0 ? 'tool dotted' : 'tool'}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        ref={button}
        onPointerEnter={near}
        onFocus={near}
        onClick={() => {
          near()
          setOpen(!open)
        }}
      >
        <Icon path="M5 12v.1M12 12v.1M19 12v.1" />
      </button>
      {open && loaded && (
        <loaded.Menu
          offers={offers}
          label={label}
          onClose={back => {
            setOpen(false)
            if (back) button.current?.focus()
          }}
        />
      )}
      {open && loaded === null && (
        <p class="menu problem" role="alert">
          {t('menu.failed')}
        </p>
      )}
    </div>
  )
}
