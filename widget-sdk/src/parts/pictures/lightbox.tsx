import type { TargetedKeyboardEvent } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { LogItem } from '../../state/index.ts'
import { t } from '../../words/words.ts'
import { Icon } from '../icon.tsx'
import { useSheet } from '../sheet.ts'
import { bitmap, paint } from './bitmap.ts'
import { CLOSE, SAVE } from './lines.ts'
import { pictured } from './pictured.ts'
import css from './pictures.css?inline'

export interface LightboxProps {
  /** The conversation, of which the pictures are shown. */
  items: readonly LogItem[]
  /** The gateway's origin. */
  gateway: string
  /** The key of the one that is shown. */
  shown: string
  onShow: (key: string) => void
  onClose: () => void
}

/** A picture over the whole page: the browser keeps the keyboard in it, and gives it back where it was. */
export function Lightbox({ items, gateway, shown, onShow, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  useSheet(dialog, css)
  const pictures = items.flatMap(item => pictured(item, gateway) ?? [])
  const at = pictures.findIndex(({ key }) => key === shown)
  const { href = '', name = '' } = pictures[at] ?? {}
  const [state, setState] = useState('loading')
  const [zoomed, setZoomed] = useState(false)

  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    element?.querySelector<HTMLElement>('.cd-light-close')?.focus()
    return () => element?.close()
  }, [])

  useEffect(() => {
    const abort = new AbortController()
    setState('loading')
    setZoomed(false)
    bitmap(href, abort.signal)
      .then(picture => {
        if (!canvas.current || abort.signal.aborted) return picture.close()
        paint(canvas.current, picture)
        setState('shown')
      })
      .catch(() => abort.signal.aborted || setState('failed'))
    return () => abort.abort()
  }, [href])

  const go = (step: number) => {
    const next = pictures[at + step]
    if (next) onShow(next.key)
  }
  const keydown = (event: TargetedKeyboardEvent<HTMLDialogElement>) => {
    // What is behind it has keys of its own, Escape among them.
    event.stopPropagation()
    const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1
    if (event.key === 'Escape') {
      event.preventDefault()
      onClose()
    } else if (!zoomed && event.key === 'ArrowRight') go(forward)
    else if (!zoomed && event.key === 'ArrowLeft') go(-forward)
  }
  const step = (by: number, label: string, path: string) =>
    pictures.length > 1 && (
      <button
        type="button"
        class="cd-light-step"
        aria-label={label}
        title={label}
        aria-disabled={!pictures[at + by]}
        onClick={() => go(by)}
      >
        <Icon path={path} />
      </button>
    )
  const zoom = t(zoomed ? 'lightbox.fit' : 'lightbox.zoom')
  return (
    <dialog class="cd-light" aria-label={name} ref={dialog} onKeyDown={keydown} onClose={onClose}>
      <div class="cd-light-top">
        <span class="cd-light-name">
          <bdi>{name}</bdi>
          {pictures.length > 1 && ` (${t('lightbox.count', { at: at + 1, count: pictures.length })})`}
        </span>
        <button
          type="button"
          aria-label={zoom}
          title={zoom}
          aria-pressed={zoomed}
          onClick={() => setZoomed(!zoomed)}
        >
          <Icon
            path={`m20 20-4.5-4.5M7.5 10.5h6${zoomed ? '' : 'm-3-3v6'}M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z`}
          />
        </button>
        <a
          href={href}
          download={name}
          target="_blank"
          rel="noopener"
          aria-label={t('file.save')}
          title={t('file.save')}
        >
          <Icon path={SAVE} />
        </a>
        <button
          type="button"
          class="cd-light-close"
          aria-label={t('lightbox.close')}
          title={t('lightbox.close')}
          onClick={onClose}
        >
          <Icon path={CLOSE} />
        </button>
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape and the buttons do the same */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the same */}
      <div
        class="cd-light-stage"
        data-zoomed={zoomed}
        // What scrolls must be reachable by keyboard.
        tabIndex={zoomed ? 0 : undefined}
        onClick={event => (event.target === canvas.current ? setZoomed(!zoomed) : onClose())}
      >
        <canvas role="img" aria-label={name} hidden={state !== 'shown'} ref={canvas} />
        {state === 'loading' && <span class="cd-spinner" aria-hidden="true" />}
        {state === 'failed' && <p role="alert">{t('picture.failed')}</p>}
      </div>
      {step(-1, t('lightbox.previous'), 'm15 5-7 7 7 7')}
      {step(1, t('lightbox.next'), 'm9 5 7 7-7 7')}
    </dialog>
  )
}
