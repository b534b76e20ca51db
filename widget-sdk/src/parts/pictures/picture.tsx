import { useEffect, useRef, useState } from 'preact/hooks'
import { t } from '../../words/words.ts'
import { fileSize } from '../filesize.ts'
import { useSheet } from '../sheet.ts'
import { bitmap, paint } from './bitmap.ts'
import css from './pictures.css?inline'

/** Pictures up to this many bytes are loaded when they come into sight, larger ones when they are asked for. */
export const PREVIEW_BYTES = 3_000_000

export interface PictureProps {
  href: string
  name: string
  /** In bytes. */
  size: number
  onOpen: () => void
}

/** A picture in a frame whose size does not depend on it; opens when it is clicked. */
export function Picture({ href, name, size, onOpen }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useSheet(canvas, css)
  const [state, setState] = useState(size > PREVIEW_BYTES ? 'big' : 'loading')
  useEffect(() => {
    const element = canvas.current
    if (!element || state !== 'loading') return
    const abort = new AbortController()
    const load = async () => {
      try {
        paint(element, await bitmap(href, abort.signal), {
          width: element.clientWidth,
          height: element.clientHeight,
        })
        setState('shown')
      } catch {
        if (!abort.signal.aborted) setState('failed')
      }
    }
    const observer = new IntersectionObserver(entries => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      observer.disconnect()
      void load()
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      abort.abort()
    }
  }, [state, href])
  const shown = state === 'shown'
  return (
    <button
      type="button"
      class="cd-picture"
      title={name}
      data-state={state}
      aria-busy={state === 'loading'}
      aria-haspopup={shown ? 'dialog' : undefined}
      onClick={shown ? onOpen : () => setState('loading')}
    >
      <canvas role="img" aria-label={name} ref={canvas} />
      {state === 'loading' && <span class="cd-spinner" aria-hidden="true" />}
      {state === 'big' && <span>{t('picture.show', { size: fileSize(size) })}</span>}
      {state === 'failed' && <span>{t('picture.failed')}</span>}
    </button>
  )
}
