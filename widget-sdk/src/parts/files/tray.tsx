import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { WireError } from '../../client/index.ts'
import { against as ruledOut, uploadsOf } from '../../client/uploads.ts'
import { locale, t } from '../../words/words.ts'
import type { Attaching } from '../attach.tsx'
import { fileSize } from '../filesize.ts'
import { Icon } from '../icon.tsx'
import { kindLines, plainName } from '../pictures/address.ts'
import { CLOSE } from '../pictures/lines.ts'
import { useSheet } from '../sheet.ts'
import css from './files.css?inline'
import { typeOf } from './kinds.ts'
import { final, refusal } from './refusal.ts'

/** A file on its way or refused, and what can be done about it. */
interface Row {
  key: string
  name: string
  size: number
  type: string
  /** Bytes that have arrived; undefined while none are sent. */
  received: number | undefined
  /** What is being done, or why it was refused. */
  text: string
  failed: boolean
  retry?: (() => void) | undefined
  cancel: () => void
}

/** Files on their way: how far each is, and why one was refused. */
export function Tray({ client, conversation, given, onGiven, onStart, stuck, underway }: Attaching) {
  const box = useRef<HTMLUListElement>(null)
  useSheet(box, css)
  const uploads = uploadsOf(client)
  const [, redraw] = useState(0)
  useEffect(() => uploads.on(() => redraw(count => count + 1)), [uploads])

  // Of the page before: those that are on their way in this one are listed below.
  const [left, setLeft] = useState(() => underway?.get('files'))
  const names = [...uploads.list().filter(({ status }) => status !== 'failed'), ...given].map(
    ({ name }) => name,
  )
  const leaving = names.map(plainName).join(', ') || left
  useEffect(() => {
    const keep = (files: string | undefined) =>
      files ? underway?.set('files', files) : underway?.remove('files')
    const leave = () => keep(leaving)
    // A page that is brought back as it was goes on.
    const back = () => keep(left)
    back()
    addEventListener('pagehide', leave)
    addEventListener('pageshow', back)
    return () => {
      removeEventListener('pagehide', leave)
      removeEventListener('pageshow', back)
    }
  }, [leaving, left])

  const limits = client.welcome?.limits
  const described = (file: File) => ({
    name: file.name,
    size: file.size,
    type: typeOf(file, limits?.upload_types ?? []),
  })
  const against = (file: File) => limits && ruledOut(described(file), limits)
  useLayoutEffect(() => {
    if (!conversation) {
      if (!stuck && given.some(file => !against(file))) onStart?.()
      return
    }
    if (given.length === 0) return
    for (const file of given) uploads.add(conversation, { ...described(file), bytes: file })
    onGiven([])
  }, [conversation, given])

  const broken = (error: WireError, size: number) => refusal(error, size, limits)
  const waiting = given.map((file, index): Row => {
    const { name, size, type } = described(file)
    const error = against(file)
    return {
      key: `given-${index}`,
      name,
      size,
      type,
      received: undefined,
      text: error ? broken(error, size) : t(stuck ? 'files.failed' : 'files.waiting'),
      failed: Boolean(error ?? stuck),
      retry: error ? undefined : () => onStart?.(),
      cancel: () => onGiven(given.filter(other => other !== file)),
    }
  })
  const going = (conversation ? uploads.list(conversation) : []).map(
    ({ client_id, name, size, type, received, status, error }): Row => ({
      key: client_id,
      name,
      size,
      type,
      received: status === 'sending' || received > 0 ? received : undefined,
      text: error
        ? broken(error, size)
        : status === 'preparing'
          ? t('files.preparing')
          : status === 'waiting'
            ? t('files.waiting')
            : (received / size).toLocaleString(locale(), { style: 'percent' }),
      failed: error !== undefined,
      retry: error && !final(error) ? () => uploads.retry(client_id) : undefined,
      cancel: () => uploads.cancel(client_id),
    }),
  )
  const rows = [...going, ...waiting]
  return (
    <ul class="cd-tray" aria-label={t('files.tray')} ref={box} hidden={rows.length === 0 && !left}>
      {left && (
        <li class="cd-upload cd-failed" role="alert" key="left">
          <Icon name="alert" />
          <span class="cd-file-size">{t('files.left', { names: left })}</span>
          <Cancel label={t('files.remove', { name: left })} onClick={() => setLeft(undefined)} />
        </li>
      )}
      {rows.map(({ key, name, size, type, received, text, failed, retry, cancel }) => (
        <li class={failed ? 'cd-upload cd-failed' : 'cd-upload'} key={key}>
          <Icon path={kindLines(type)} />
          <span class="cd-file-name" dir="auto">
            {plainName(name)}
          </span>
          <span class="cd-file-size" role={failed ? 'alert' : undefined}>
            {failed ? text : `${fileSize(size)} · ${text}`}
            {failed && retry && (
              <button type="button" class="cd-link" aria-label={t('files.retry', { name })} onClick={retry}>
                {t('message.retry')}
              </button>
            )}
          </span>
          {!failed && <progress aria-label={name} max={size} value={received} />}
          <Cancel label={t(failed ? 'files.remove' : 'files.cancel', { name })} onClick={cancel} />
        </li>
      ))}
    </ul>
  )
}

function Cancel({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="cd-tool" aria-label={label} title={label} onClick={onClick}>
      <Icon path={CLOSE} />
    </button>
  )
}
