import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { useSheet } from '../../parts/sheet.ts'
import question from '../question.css?inline'
import css from './more.css?inline'

export interface SheetProps {
  title: string
  onClose: () => void
  children: ComponentChildren
}

/** A question that lies over the window, which is out of reach meanwhile. Takes the keyboard. */
export function Sheet({ title, onClose, children }: SheetProps) {
  const sheet = useRef<HTMLDivElement>(null)
  useSheet(sheet, question)
  useSheet(sheet, css)
  const id = useId()
  useLayoutEffect(() => sheet.current?.querySelector<HTMLElement>('input, button')?.focus(), [])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: who clicks beside the question leaves it; Escape does the same
    <div
      class="veil"
      onClick={event => {
        if (event.target === event.currentTarget) onClose()
      }}
      onKeyDown={event => {
        if (event.key !== 'Escape' || event.isComposing) return
        event.stopPropagation()
        onClose()
      }}
    >
      <div class="sheet" role="dialog" aria-modal="true" aria-labelledby={id} ref={sheet}>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </div>
  )
}
