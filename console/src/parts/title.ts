import { useEffect } from 'preact/hooks'

/** Names the browser's tab: the page, and before it the number of conversations that wait. */
export function useTitle(page: string, waiting = ''): void {
  useEffect(() => {
    document.title = `${waiting && `(${waiting}) `}${page} · ChatDesk`
  }, [page, waiting])
}
