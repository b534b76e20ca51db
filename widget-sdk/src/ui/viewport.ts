import { useLayoutEffect } from 'preact/hooks'

/**
 * Tells the stylesheet how much of the page a phone's keyboard leaves to be seen (`--cd-height`, `--cd-top`): where the
 * keyboard lies over the page, the field to write in would be under it.
 */
export function useVisibleArea(frame: { current: HTMLElement | null }, active: boolean): void {
  useLayoutEffect(() => {
    const area = window.visualViewport
    const element = frame.current
    if (!active || !area || !element) return
    const fit = () => {
      // A page that is zoomed in by fingers is seen in part on purpose.
      const zoomed = area.scale > 1.01
      element.style.setProperty('--cd-height', zoomed ? '100dvh' : `${area.height}px`)
      element.style.setProperty('--cd-top', zoomed ? '0px' : `${area.offsetTop}px`)
    }
    fit()
    area.addEventListener('resize', fit)
    area.addEventListener('scroll', fit)
    return () => {
      area.removeEventListener('resize', fit)
      area.removeEventListener('scroll', fit)
    }
  }, [active, frame])
}
