import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Participant } from '../client/index.ts'
import { type Block, group, type LogItem, type LogView } from '../state/index.ts'
import { t } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'
import { useLater } from './later.ts'
import { loadPictures, MessageBubble, Refused } from './message.tsx'
import { useStickyScroll } from './scroll.ts'
import { Ticks, tickState } from './ticks.tsx'
import { clock, day, full } from './time.ts'
import { TypingDots } from './typing.tsx'

export interface MessageListProps {
  view: LogView
  /** Up to which seq the other side has read: `view.agentRead` for a visitor, `view.visitorRead` for an agent. */
  readUpTo: number
  /** Whether a message stands on one's own side. Default: who wrote it is oneself. */
  ours?: (sender: Participant, mine: boolean) => boolean
  /** Whether the other side's runs have an avatar. */
  avatars?: boolean
  /** What a sender is called. Default: the name that they gave. */
  nameOf?: (sender: Participant) => string | undefined
  /** Whether to show that somebody is typing. */
  typing?: boolean
  /** The list was scrolled to its beginning and there are older entries: bring them. */
  onOlder: () => void
  onRetry: (clientId: string) => void
  onDiscard: (clientId: string) => void
  /** Told when the newest message comes into sight, and when it goes out of it; it is in sight at first. */
  onEnd?: (inSight: boolean) => void
  /** The seq of an entry to scroll to and mark, once it is there; another one, or none and then the same, goes there again. */
  goal?: number | undefined
  /** Stands before the first message, when there is nothing older. */
  intro?: ComponentChildren
  /** In words what an event was (a change of status or of hands, a rating) that `who` caused; nothing: do not show it. */
  event: (item: LogItem, who: string | undefined) => string
  /** The gateway's origin, for the addresses of files. Default: the page's. */
  gateway?: string
  /** What the list is called. */
  label?: string
  /** What is new is read out by somebody else. */
  quiet?: boolean
  /** The time that day lines are relative to, in ms since 1970. Default: now. */
  now?: number
}

const givenName = (sender: Participant) => sender.name

/**
 * A conversation's log, newest at the bottom and scrolled to it. It stays there while the reader is there; further up it
 * stands still and offers a way down when something comes. Announces new messages to screen readers.
 */
export function MessageList(props: MessageListProps) {
  const { view, intro, event, onOlder, label = t('list.name'), nameOf = givenName } = props
  const blocks = useMemo(() => group(view.items), [view.items])
  const typing = props.typing !== false && view.typing.length > 0
  const first = view.items[0]?.key
  const last = view.items.at(-1)
  const goal = props.goal && view.items.find(({ entry }) => entry.seq === props.goal)?.key
  const { ref, away, toEnd, onScroll } = useStickyScroll({
    first,
    last: last?.key,
    lastIsOwn: last?.mine ?? false,
    onTop: view.hasOlder ? onOlder : undefined,
    goal: goal || undefined,
  })
  const { onEnd } = props
  useEffect(() => onEnd?.(away === undefined), [away, onEnd])
  const now = props.now ?? Date.now()
  const gateway = props.gateway ?? location.origin
  const [shown, setShown] = useState<string>()
  const pictures = useLater(loadPictures, shown)
  return (
    <div class="cd-list-frame">
      <div
        class="cd-list"
        role="log"
        aria-label={label}
        aria-live={props.quiet ? 'off' : undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the focus to be scrolled by keys
        tabIndex={0}
        ref={ref}
        onScroll={onScroll}
      >
        {view.hasOlder ? (
          <div class="cd-older">
            <span class="cd-spinner" aria-hidden="true" />
          </div>
        ) : (
          intro
        )}
        {blocks.map(block =>
          block.type === 'day' ? (
            <div key={block.key} class="cd-day">
              <span>{day(block.at, now)}</span>
            </div>
          ) : block.type === 'event' ? (
            <Event
              key={block.key}
              item={block.item}
              text={event(block.item, nameOf(block.item.entry.sender))}
              {...props}
            />
          ) : (
            <Run key={block.key} run={block} {...props} gateway={gateway} onPicture={setShown} />
          ),
        )}
        {typing && (
          <div class="cd-run cd-run-theirs cd-run-typing">
            {props.avatars && (
              <Avatar id={view.typing[0]?.id} name={view.typing[0] && nameOf(view.typing[0])} />
            )}
            <div class="cd-bubble cd-theirs" aria-live={view.draft ? 'off' : undefined}>
              {view.draft && (
                <span class="cd-draft" dir="auto">
                  {view.draft}
                </span>
              )}
              <TypingDots people={view.typing} />
            </div>
          </div>
        )}
      </div>
      {away && (
        <button type="button" class="cd-to-end" onClick={toEnd}>
          <Icon name="down" /> {t(away === 'new' ? 'list.new' : 'list.latest')}
        </button>
      )}
      {shown && pictures && (
        <pictures.Lightbox
          items={view.items}
          gateway={gateway}
          shown={shown}
          onShow={setShown}
          onClose={() => setShown(undefined)}
        />
      )}
    </div>
  )
}

const isGoal = ({ entry }: LogItem, { goal }: Pick<MessageListProps, 'goal'>) =>
  goal !== undefined && entry.seq === goal

/** What was done: a quiet line, and below one that was refused, what can be done about that. */
function Event({ item, text, ...props }: MessageListProps & { item: LogItem; text: string }) {
  if (!text) return null
  return (
    <div class={isGoal(item, props) ? 'cd-event cd-goal' : 'cd-event'} data-key={item.key}>
      <span dir="auto">{text}</span> · {clock(item.entry.at)}
      {item.status === 'failed' && (
        <Refused item={item} onRetry={props.onRetry} onDiscard={props.onDiscard} />
      )}
    </div>
  )
}

type RunBlock = Extract<Block, { type: 'run' }>

interface RunProps extends MessageListProps {
  run: RunBlock
  gateway: string
  onPicture: (key: string) => void
}

/** One sender's messages in a row: the name above, the avatar beside, time and ticks below. */
function Run({ run, ...props }: RunProps) {
  const ours = props.ours ? props.ours(run.sender, run.mine) : run.mine
  const name = (props.nameOf ?? givenName)(run.sender)
  const state = (item: LogItem | undefined) => (item?.mine ? tickState(item, props.readUpTo) : undefined)
  return (
    <div class={`cd-run ${ours ? 'cd-run-ours' : 'cd-run-theirs'}`}>
      {!ours && props.avatars && <Avatar id={run.sender.id} name={name} />}
      <div class="cd-column">
        {!run.mine && name && (
          <div class="cd-name">
            <bdi>{name}</bdi>
          </div>
        )}
        {run.items.map((item, index) => {
          const tick = state(item)
          const next = run.items[index + 1]
          // The time of the last one and its ticks speak for those before it, where these are the same.
          const told = !next || (tick !== undefined && state(next) !== tick)
          return (
            <div
              key={item.key}
              class={`cd-row${index === 0 ? ' cd-first' : ''}${next ? '' : ' cd-last'}${isGoal(item, props) ? ' cd-goal' : ''}`}
              data-key={item.key}
            >
              <MessageBubble
                item={item}
                ours={ours}
                tick={tick}
                gateway={props.gateway}
                onPicture={props.onPicture}
                onRetry={props.onRetry}
                onDiscard={props.onDiscard}
              />
              {told && tick !== 'failed' && (
                <div class="cd-meta">
                  <time dateTime={new Date(item.entry.at).toISOString()} title={full(item.entry.at)}>
                    {clock(item.entry.at)}
                  </time>
                  {tick && <Ticks state={tick} />}
                </div>
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
