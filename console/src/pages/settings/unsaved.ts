import { useEffect } from 'preact/hooks'
import { confirm } from '../../parts/confirm.tsx'
import { holdBack } from '../../routes.ts'

/** Holds the page back while there are changes: `text` says to whoever leaves what is not saved. */
export function useUnsaved(dirty: boolean, text: string): void {
  useEffect(() => {
    if (!dirty) return
    const unload = (event: BeforeUnloadEvent) => event.preventDefault()
    const leave = { title: 'Leave without saving?', text, yes: 'Leave', no: 'Stay', danger: true }
    const release = holdBack(() => confirm(leave))
    window.addEventListener('beforeunload', unload)
    return () => {
      release()
      window.removeEventListener('beforeunload', unload)
    }
  }, [dirty, text])
}

/** Takes whoever saved to the first field that is wrong, once the errors are drawn. */
export function focusFirstError(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.settings [aria-invalid]')?.focus())
}
