import type { Participant } from '../client/index.ts'

/** `Ada is typing`, `Ada and Bo are typing`. */
export function typingText(people: readonly Participant[]): string {
  const names = people.map(person => person.name ?? (person.kind === 'visitor' ? 'Visitor' : 'Agent'))
  const list = names.length > 2 ? [`${names[0]}`, `${names.length - 1} others`] : names
  return `${list.join(' and ')} ${names.length === 1 ? 'is' : 'are'} typing`
}

/** Three dots that move, and in words who is typing. */
export function TypingDots({ people }: { people: readonly Participant[] }) {
  return (
    <span class="cd-dots" role="img" aria-label={typingText(people)} title={typingText(people)}>
      <i />
      <i />
      <i />
    </span>
  )
}
