import type { VisitorId } from '@chatdesk/widget/client'
import { useState } from 'preact/hooks'
import { type ErasureMode, eraseContact } from '../../api.ts'
import { TypedConfirm } from '../../parts/typedconfirm.tsx'

const MODES: readonly { value: ErasureMode; label: string; text: string }[] = [
  {
    value: 'anonymize',
    label: 'Anonymize',
    text: 'Who they are and all that they wrote, sent and answered is erased. What your team wrote stays, and the conversations keep their place.',
  },
  {
    value: 'delete',
    label: 'Delete',
    text: 'The contact and all of their conversations are erased, with what your team wrote in them.',
  },
]

type Props = {
  contact: VisitorId
  /** What the contact is called, to be typed. */
  name: string
  onClose: () => void
  onErased: (mode: ErasureMode) => void
}

/** Asks how a contact is to be erased, and to type their name. */
export function EraseDialog({ contact, name, onClose, onErased }: Props) {
  const [mode, setMode] = useState<ErasureMode>('anonymize')
  return (
    <TypedConfirm
      title={`Erase ${name}?`}
      text="This cannot be undone. Export first what you have to keep."
      expected={name}
      yes={mode === 'delete' ? 'Delete everything' : 'Anonymize'}
      onClose={onClose}
      onYes={async () => {
        await eraseContact(contact, mode)
        onErased(mode)
      }}
    >
      <fieldset class="modes">
        <legend class="unseen">What becomes of their conversations</legend>
        {MODES.map(({ value, label, text }) => (
          <label key={value} class="mode">
            <input
              type="radio"
              name="mode"
              value={value}
              checked={value === mode}
              onChange={() => setMode(value)}
            />
            <span>
              <span class="field-label">{label}</span>
              <span class="field-hint">{text}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </TypedConfirm>
  )
}
