import { useMemo } from 'preact/hooks'
import type { Attachment } from '../client/index.ts'
import type { LogItem } from '../state/index.ts'
import { t } from '../words/words.ts'
import { useLater } from './later.ts'
import { emojiOnly, linkify } from './linkify.ts'
import type { FileProps } from './pictures/file.tsx'
import type { TickState } from './ticks.tsx'

/** Pictures that every browser draws; of those that move, the first one. */
export const DRAWN = /^image\/(?:png|jpeg|gif|webp)$/

export const loadPictures = () => import('./pictures.ts')

/** A message's text: text nodes and safe links, nothing else; line breaks are kept by CSS. */
export function MessageText({ text }: { text: string }) {
  const pieces = useMemo(() => linkify(text), [text])
  return (
    <>
      {pieces.map((piece, index) =>
        piece.href ? (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </>
  )
}

/** What the reasons for a refused message are called to those who wrote it. */
function reason(item: LogItem): string {
  switch (item.error?.code) {
    case 'rate_limited':
      return t('message.fast')
    case 'too_large':
    case 'bad_field':
      return t('message.rejected')
    case 'forbidden':
    case 'not_found':
      return t('message.closed')
    default:
      return t('message.wrong')
  }
}

export interface RefusedProps {
  item: LogItem
  onRetry?: ((clientId: string) => void) | undefined
  onDiscard?: ((clientId: string) => void) | undefined
}

/** Why an entry was refused, and what can be done about that. */
export function Refused({ item, onRetry, onDiscard }: RefusedProps) {
  const { client_id } = item.entry
  return (
    <div class="cd-meta cd-meta-failed" role="alert">
      <span>{t('message.failed', { reason: reason(item) })}</span>
      <button type="button" class="cd-link" onClick={() => onRetry?.(client_id)}>
        {t('message.retry')}
      </button>
      <button type="button" class="cd-link" onClick={() => onDiscard?.(client_id)}>
        {t('message.delete')}
      </button>
    </div>
  )
}

export interface MessageBubbleProps extends RefusedProps {
  /** On which side it stands. */
  ours: boolean
  /** For one's own messages. */
  tick?: TickState | undefined
  /** The gateway's origin. */
  gateway: string
  /** A picture was clicked. */
  onPicture: (key: string) => void
}

/** A file, in the room that it takes once what draws it is there. */
function File({ attachment, ...props }: FileProps & { attachment: Attachment }) {
  const pictures = useLater(loadPictures, true)
  return (
    <div class={DRAWN.test(attachment.type) ? 'cd-frame' : 'cd-slot'}>
      {pictures ? <pictures.File {...props} /> : pictures === null && attachment.name}
    </div>
  )
}

/** One message in its bubble; below a refused one, why, and what can be done. */
export function MessageBubble({ item, ours, tick, gateway, onPicture, ...refused }: MessageBubbleProps) {
  const { text = '', kind, attachment } = item.entry.content
  const failed = tick === 'failed'
  const note = kind === 'note'
  const look = note ? ' cd-note' : !attachment && emojiOnly(text) ? ' cd-emoji' : ''
  return (
    <>
      <div
        class={`cd-bubble ${ours ? 'cd-ours' : 'cd-theirs'}${look}${failed ? ' cd-failed' : ''}`}
        data-state={tick}
      >
        {note && <span class="cd-note-label">{t('message.note')}</span>}
        {attachment ? (
          <File attachment={attachment} item={item} gateway={gateway} onPicture={onPicture} />
        ) : (
          <div dir="auto">
            <MessageText text={text} />
          </div>
        )}
      </div>
      {failed && <Refused item={item} {...refused} />}
    </>
  )
}
