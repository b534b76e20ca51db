import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Client, InboxPlace, Summary } from '../../client/index.ts'
import { ago } from '../../parts/ago.ts'
import { useSheet } from '../../parts/sheet.ts'
import { isMessage } from '../../state/index.ts'
import { t } from '../../words/words.ts'
import type { Chat } from '../chat.ts'
import css from './more.css?inline'

/** Conversations in a page of the list. */
const PAGE = 20

/** Which of them have a message that the visitor has not seen. What was done since, and notes, are none. */
async function unseen(client: Client, rows: readonly Summary[]): Promise<string[]> {
  const behind = rows.filter(({ preview, head, visitor_read }) => {
    return preview?.from === 'agent' && head > visitor_read
  })
  const found = behind.map(async ({ conversation, head, visitor_read }) => {
    const { entries } = await client.older(conversation, head + 1)
    const unread = entries.some(({ seq = 0, sender, content }) => {
      return seq > visitor_read && sender.kind === 'agent' && isMessage(content)
    })
    return unread ? [conversation] : []
  })
  return (await Promise.all(found)).flat()
}

export interface PreviousProps {
  chat: Chat
  /** One of them was chosen, and is shown. */
  onClose: () => void
}

/** The visitor's conversations, newest first, a page at a time. What could not be loaded is, once there is a connection. */
export function Previous({ chat, onClose }: PreviousProps) {
  const online = chat.view.connection === 'online'
  const place = useRef<HTMLDivElement>(null)
  useSheet(place, css)
  const [rows, setRows] = useState<readonly Summary[]>()
  const [unread, setUnread] = useState<readonly string[]>([])
  const [next, setNext] = useState<InboxPlace>()
  const [failed, setFailed] = useState(false)
  const load = (after?: InboxPlace) => {
    setFailed(false)
    chat.client.request('inbox', { limit: PAGE, ...(after && { after }) }).then(
      page => {
        setRows((before = []) => (after ? [...before, ...page.conversations] : page.conversations))
        setNext(page.next)
        // Without an answer none is marked.
        unseen(chat.client, page.conversations).then(
          found => setUnread(before => [...before, ...found]),
          () => {},
        )
      },
      () => setFailed(true),
    )
  }
  useEffect(() => {
    if (online && !rows) load()
  }, [online])
  useLayoutEffect(() => place.current?.focus(), [])
  const now = Date.now()
  return (
    <div class="previous" tabIndex={-1} ref={place} aria-busy={!rows && !failed}>
      {rows?.length === 0 && <p>{t('previous.none')}</p>}
      {rows?.map(row => (
        <button
          key={row.conversation}
          type="button"
          class="row"
          onClick={() => {
            chat.revisit(row.conversation, row.status === 'resolved')
            onClose()
          }}
        >
          <span dir="auto">
            {row.preview?.from === 'visitor'
              ? t('previous.you', { text: row.preview.text })
              : (row.preview?.text ?? t('talk.name'))}
          </span>
          <small>
            {ago(row.updated_at, now)}
            {row.status === 'resolved' && ` · ${t('previous.over')}`}
          </small>
          {unread.includes(row.conversation) && <i role="img" aria-label={t('previous.unread')} />}
        </button>
      ))}
      {failed ? (
        <p role="alert">
          {t('menu.failed')}{' '}
          <button type="button" class="cd-link" onClick={() => load(next)}>
            {t('message.retry')}
          </button>
        </p>
      ) : !rows ? (
        <p>
          <span class="cd-spinner" aria-hidden="true" />
        </p>
      ) : (
        next && (
          <button type="button" class="cd-link" onClick={() => load(next)}>
            {t('previous.more')}
          </button>
        )
      )}
    </div>
  )
}
