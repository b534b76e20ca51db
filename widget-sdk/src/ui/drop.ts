import { useEffect } from 'preact/hooks'

/**
 * Keeps files that are dropped on an element from taking the page's place: where the composer takes none, nobody does,
 * and the browser says so.
 */
export function useDrop(element: { current: HTMLElement | null }): void {
  useEffect(() => {
    const frame = element.current
    if (!frame) return
    const drag = (event: DragEvent) => {
      const { dataTransfer } = event
      if (!dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      // What takes them marks the window while they are over it.
      if (event.type === 'dragover' && frame.dataset.dropping === undefined) dataTransfer.dropEffect = 'none'
    }
    for (const event of ['dragover', 'drop'] as const) frame.addEventListener(event, drag)
    return () => {
      for (const event of ['dragover', 'drop'] as const) frame.removeEventListener(event, drag)
    }
  }, [])
}
