import type { Client, ConversationId, MemberId } from '@chatdesk/widget/client'
import { Composer } from '@chatdesk/widget/parts'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Choice } from '../../parts/choice.tsx'
import { keepDraft, keptDraft } from './drafts.ts'

/** What is being written: a message to the visitor, or a note to the other agents. */
type Mode = 'text' | 'note'

const MODES = [
  { value: 'text', label: 'Reply' },
  { value: 'note', label: 'Note' },
] as const

type Props = { client: Client; conversation: ConversationId; name: string; me: MemberId }

/** Where an agent writes and attaches files. What stands there unsent is kept, for each conversation and mode. */
export function Reply({ client, conversation, name, me }: Props) {
  const [mode, setMode] = useState<Mode>('text')
  const [given, setGiven] = useState<readonly File[]>([])
  const field = useRef<HTMLTextAreaElement>(null)
  const place = `${me}:${conversation}:${mode}`
  const note = mode === 'note'
  useEffect(() => {
    // Whoever opens a conversation wants to write; a phone's keyboard would cover what there is to read.
    if (window.matchMedia('(pointer: fine)').matches) field.current?.focus()
  }, [])
  return (
    <div class={note ? 'reply noting' : 'reply'}>
      <Choice label="What to write" quiet options={MODES} value={mode} onChange={setMode} />
      <Composer
        key={mode}
        fieldRef={field}
        label={note ? 'Note for agents' : `Reply to ${name}`}
        placeholder={note ? 'Write a note. Only agents see it.' : `Reply to ${name}…`}
        draft={keptDraft(place)}
        onDraft={text => keepDraft(place, text)}
        onTyping={on => {
          // The visitor sees typing: a note is not theirs to know of.
          if (!note) client.typing(conversation, on)
        }}
        // Whatever is attached is sent to the visitor.
        attaching={note ? undefined : { client, conversation, given, onGiven: setGiven }}
        onSend={text => client.send(conversation, { kind: mode, text })}
      />
    </div>
  )
}
