import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { Participant } from '../client/index.ts'
import { AvatarStack, Composer, MessageList } from '../parts/index.ts'
import { useLater } from '../parts/later.ts'
import type { LogItem, LogView } from '../state/index.ts'
import { t } from '../words/words.ts'
import type { Chat } from './chat.ts'
import { Away } from './header.tsx'
import { type ChatView, resolved, waitingId } from './view.ts'

/** The visitor, before the gateway has said who they are. */
const VISITOR: Participant = { kind: 'visitor', id: '' }

/** The log of a conversation that does not exist yet: what was written for it. */
function beginning({ waiting, starting, refused }: ChatView): LogView {
  const failed = !starting && refused !== undefined
  const items = waiting.map((text, index): LogItem => {
    const client_id = waitingId(index)
    const content = { kind: 'text' as const, text }
    return {
      key: client_id,
      entry: { conversation: '', id: '', sender: VISITOR, client_id, at: Date.now(), content },
      status: failed ? 'failed' : 'sending',
      ...(failed && { error: refused }),
      mine: true,
    }
  })
  return {
    conversation: '',
    items,
    summary: undefined,
    ready: true,
    gone: false,
    hasOlder: false,
    head: 0,
    read: [],
    visitorRead: 0,
    agentRead: 0,
    unread: 0,
    typing: [],
    draft: undefined,
  }
}

const loadOver = () => import('./over.tsx')

export interface TalkProps {
  chat: Chat
  view: ChatView
  greeting: string
  fieldRef: { current: HTMLTextAreaElement | null }
}

/** The conversation: its messages, and the field to write the next one in. */
export function Talk({ chat, view, greeting, fieldRef }: TalkProps) {
  const { waiting, starting, refused } = view
  const log = useMemo(() => view.log ?? beginning(view), [view.log, waiting, starting, refused])
  const ended = resolved(log) && !view.resumed
  const ending = useLater(loadOver, ended)
  // Until it is there, and without it, what is written begins a new conversation.
  const over = ended && ending
  const end = useRef<HTMLDivElement>(null)
  // The field and what stands in its place once it is over hand the keyboard to each other: else the page would get it.
  const inside = (fieldRef.current ?? end.current)?.matches(':focus-within')
  useLayoutEffect(() => {
    if (inside) (over ? end : fieldRef).current?.focus()
  }, [over])
  const { agents } = view.availability
  return (
    <>
      <MessageList
        view={log}
        readUpTo={log.agentRead}
        avatars={view.settings.show_agent_avatars}
        typing={view.settings.show_typing_indicator}
        label={t('talk.name')}
        quiet
        onOlder={chat.older}
        onRetry={chat.retry}
        onDiscard={chat.discard}
        onEnd={chat.seen.end}
        event={describe}
        gateway={chat.gateway}
        intro={
          <div class="intro">
            {agents.length > 0 && <AvatarStack people={agents} />}
            <p dir="auto">{greeting}</p>
            {!view.online && !view.left && <Away view={view} />}
          </div>
        }
      />
      {over ? (
        <over.Over key={log.conversation} chat={chat} log={log} placeRef={end} />
      ) : (
        <Composer
          key={view.prefilled}
          fieldRef={fieldRef}
          draft={chat.draft}
          onDraft={text => {
            chat.draft = text
          }}
          onSend={text => chat.send(text)}
          onTyping={chat.typing}
          attaching={{
            client: chat.client,
            conversation: view.log?.conversation,
            given: view.files,
            onGiven: chat.attach,
            onStart: () => starting || chat.begin([], undefined),
            stuck: !starting && refused !== undefined,
            underway: chat.tab,
          }}
        />
      )}
    </>
  )
}

/** What was done, as the visitor reads it. */
export function describe({ entry, mine }: LogItem): string {
  const { status, assignment, rating } = entry.content
  if (rating) return t('event.rated', { score: rating.score })
  if (assignment) return assignment.name ? t('event.assigned', { name: assignment.name }) : ''
  // Who waits for whom is the agents' business.
  if (status === 'pending') return ''
  if (mine) return t('event.ended')
  const what = status === 'resolved' ? 'resolved' : 'reopened'
  if (entry.sender.kind !== 'agent') return t(`event.was-${what}`)
  return t(`event.${what}`, { name: entry.sender.name ?? t('typing.agent') })
}
