import { useMemo } from 'preact/hooks'
import type { LogItem } from '../state/index.ts'
import { t } from '../words/words.ts'
import { AttachmentCard } from './attachment.tsx'
import { useLater } from './later.ts'
import { emojiOnly, linkify } from './linkify.ts'
import { loadPictures, pictured } from './pictured.ts'
import type { TickState } from './ticks.tsx'

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

/** A file: a picture in a frame that has its room before it comes, anything else on a card. */
function File({ item, gateway, onPicture }: Pick<MessageBubbleProps, 'item' | 'gateway' | 'onPicture'>) {
  const picture = pictured(item, gateway)
  const pictures = useLater(loadPictures, picture)
  const { attachment } = item.entry.content
  if (!attachment || !picture || pictures === null) {
    return attachment ? <AttachmentCard attachment={attachment} gateway={gateway} /> : null
  }
  const { key, ...shown } = picture
  return (
    <span class="cd-frame">{pictures && <pictures.Picture {...shown} onOpen={() => onPicture(key)} />}</span>
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
          <File item={item} gateway={gateway} onPicture={onPicture} />
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
