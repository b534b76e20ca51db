import type { Participant } from '../client/index.ts'
import { list, t } from '../words/words.ts'

/** `Ada is typing`, `Ada and Bo are typing`. */
export function typingText(people: readonly Participant[]): string {
  const names = people.map(
    ({ name, kind }) => name ?? t(kind === 'visitor' ? 'typing.visitor' : 'typing.agent'),
  )
  const first = names[0] ?? ''
  if (names.length < 2) return t('typing.single', { names: first })
  const others = t('header.others', { count: names.length - 1 })
  return t('typing.several', { names: list(names.length > 2 ? [first, others] : names) })
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
