import type { Colleague, MemberId } from '@chatdesk/widget/client'
import { Avatar } from '@chatdesk/widget/parts'
import { Icon } from './icon.tsx'
import { Picker } from './picker.tsx'

type Props = {
  /** Whose it is; nobody's without. */
  value: MemberId | undefined
  me: MemberId
  /** By name, oneself among them. */
  colleagues: readonly Colleague[]
  onPick: (member: Colleague | undefined) => void
}

/** Stands for nobody among the members' ids. */
const NOBODY = ''

/** Gives a conversation to oneself, to a colleague or to nobody. */
export function AssigneePicker({ value = NOBODY, me, colleagues, onPick }: Props) {
  const self = colleagues.filter(({ id }) => id === me)
  const people = [...self, ...colleagues.filter(({ id }) => id !== me)]
  const options = people.map(colleague => ({
    value: colleague.id,
    label: colleague.id === me ? `${colleague.name} (me)` : colleague.name,
    face: colleague.name,
    hint: whereabouts(colleague),
    drawing: <Avatar id={colleague.id} name={colleague.name} online={answers(colleague)} />,
  }))
  // Of a large team not everybody is known here, nor is who was assigned and works here no longer.
  if (value !== NOBODY && !people.some(({ id }) => id === value)) {
    options.push({
      value,
      label: 'Somebody else',
      face: 'Somebody else',
      hint: undefined,
      drawing: <Avatar name={undefined} id={value} />,
    })
  }
  const nobody = { value: NOBODY, label: 'Nobody', face: 'Assign', drawing: <Icon name="person" size={18} /> }
  return (
    <Picker
      label="Assigned to"
      options={[...options, nobody]}
      value={value}
      onPick={next => onPick(people.find(({ id }) => id === next))}
    />
  )
}

/** Whether they are here and take conversations. */
function answers({ present, availability }: Colleague): boolean {
  return present && availability === 'online'
}

/** Why somebody may not answer soon. */
function whereabouts(colleague: Colleague): string | undefined {
  if (!colleague.present) return 'not here'
  return answers(colleague) ? undefined : 'away'
}
