import { useEffect } from 'preact/hooks'

/** Names the browser's tab: the page, and before it the number of conversations that wait. */
export function useTitle(page: string, waiting = 0): void {
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${page} · ChatDesk`
  }, [page, waiting])
}
