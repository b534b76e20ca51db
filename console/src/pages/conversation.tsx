import type { Client, Content, ConversationId, Me, Participant } from '@chatdesk/widget/client'
import { Avatar, Banner, eventText, MessageList } from '@chatdesk/widget/parts'
import { type LogItem, openLog } from '@chatdesk/widget/state'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { useLive, useStore } from '../live.ts'
import { visitorName } from '../names.ts'
import { Blank } from '../parts/blank.tsx'
import { BASE, inboxPath, listing } from '../routes.ts'
import { Details } from './conversation/details.tsx'
import { useGoal } from './conversation/goal.ts'
import { Head } from './conversation/head.tsx'
import { useReading } from './conversation/reading.ts'
import { Reply } from './conversation/reply.tsx'

type Props = {
  conversation: ConversationId
  /** The seq of an entry to go to. */
  seq: number | undefined
  me: Me
}

/** A conversation: its log, the reply, and beside them who the visitor is. */
export function ConversationPage({ conversation, seq, me }: Props) {
  const live = useLive()
  const { client } = live
  const [log] = useState(() => openLog(client, conversation))
  useEffect(() => () => log.close(), [log])
  const view = useStore(log)
  const summary = view.summary ?? live.listed(conversation)
  const [endInSight, setEndInSight] = useState(true)
  const [detailed, setDetailed] = useState(false)
  const missing = useMissing(client, summary !== undefined)
  const goal = useGoal(log, seq, view.ready)
  useAnew(client, conversation, Boolean(summary?.visitor.name ?? summary?.visitor.email))
  useReading(client, conversation, view.head, view.ready && endInSight)

  const visitor = summary?.visitor
  const nameOf = useCallback(
    (sender: Participant) =>
      sender.kind === 'visitor' ? visitorName({ ...visitor, id: sender.id }) : sender.name,
    [visitor],
  )

  if (view.gone || !summary) {
    return (
      <section class="conversation" aria-label="Conversation">
        {view.gone ? (
          <Nothing title="This conversation was erased" text="Nothing of it is kept, here or elsewhere." />
        ) : missing ? (
          <Nothing title="No such conversation" text="It may have been erased, or belong elsewhere." />
        ) : (
          <Blank busy title="Loading the conversation…" />
        )}
      </section>
    )
  }
  const name = visitorName(summary.visitor)
  const changing = (kind: Content['kind']) => onItsWay(view.items, kind)
  const assigning = changing('assignment')?.assignment
  return (
    <section
      class={detailed ? 'conversation detailed' : 'conversation'}
      aria-label={`Conversation with ${name}`}
    >
      <div class="talk" data-drop>
        <Head
          summary={summary}
          me={me.member.id}
          priority={changing('priority')?.priority ?? summary.priority ?? 'none'}
          assignee={assigning ? assigning.member : summary.assignee}
          changing={changing('status') !== undefined}
          detailed={detailed}
          onDetails={() => setDetailed(!detailed)}
          onStatus={status => client.send(conversation, { kind: 'status', status })}
          onPriority={priority => client.send(conversation, { kind: 'priority', priority })}
          onAssign={colleague => {
            // The name is for our own line until the entry is stored: the gateway puts its own there.
            const assignment = colleague ? { member: colleague.id, name: colleague.name } : {}
            client.send(conversation, { kind: 'assignment', assignment })
          }}
        />
        {goal.way === 'loading' && <Banner tone="busy">Going back to the message…</Banner>}
        {goal.way === 'missing' && <Banner tone="info">That message is not here any more.</Banner>}
        {goal.way === 'failed' && (
          <Banner tone="warn" action={{ label: 'Try again', run: goal.again }}>
            The message could not be loaded.
          </Banner>
        )}
        {view.ready || view.items.length > 0 ? (
          <MessageList
            view={view}
            readUpTo={view.visitorRead}
            ours={(sender, mine) => mine || sender.kind !== 'visitor'}
            nameOf={nameOf}
            event={eventText}
            avatars
            label={`Messages with ${name}`}
            onOlder={() => void log.older().catch(() => undefined)}
            onRetry={id => client.retry(id)}
            onDiscard={id => client.discard(id)}
            onEnd={setEndInSight}
            goal={seq}
            intro={<Intro name={name} id={summary.visitor.id} />}
          />
        ) : (
          <Blank busy title="Loading the messages…" />
        )}
        <Reply client={client} conversation={conversation} name={name} me={me.member.id} />
      </div>
      <Details
        summary={summary}
        me={me}
        onClose={() => setDetailed(false)}
        // What they wrote is gone from the log: it comes anew. A conversation that goes as a whole tells so itself.
        onErased={mode => mode === 'anonymize' && client.follow(conversation, true)}
      />
    </section>
  )
}

/** Of a visitor who was known and is not any more nothing is left of what they wrote either: the log comes anew. */
function useAnew(client: Client, conversation: ConversationId, known: boolean): void {
  const was = useRef(known)
  useEffect(() => {
    if (was.current && !known) client.follow(conversation, true)
    was.current = known
  }, [client, conversation, known])
}

/** What stands where a conversation cannot. */
function Nothing({ title, text }: { title: string; text: string }) {
  return (
    <Blank icon="quiet" title={title} text={text}>
      <a class="button" href={BASE + inboxPath(listing.value)}>
        To the inbox
      </a>
    </Blank>
  )
}

/** One's own last change of this kind that the summary does not tell of yet. */
function onItsWay(items: readonly LogItem[], kind: Content['kind']): Content | undefined {
  const sent = ({ mine, status, entry }: LogItem) =>
    mine && entry.content.kind === kind && (status === 'sending' || status === 'routed')
  return items.findLast(sent)?.entry.content
}

/** Whether the gateway refuses to show the conversation, of which nothing is known yet. */
function useMissing(client: Client, known: boolean): boolean {
  const [missing, setMissing] = useState(false)
  useEffect(() => {
    if (known) return setMissing(false)
    return client.on('error', ({ code }) => {
      if (code === 'not_found' || code === 'bad_field') setMissing(true)
    })
  }, [client, known])
  return missing
}

function Intro({ name, id }: { name: string; id: string }) {
  return (
    <div class="intro">
      <Avatar id={id} name={name} />
      <p>The conversation with {name} begins here.</p>
    </div>
  )
}
