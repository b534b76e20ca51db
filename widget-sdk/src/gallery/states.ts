import type { Stage } from './stage.ts'
import { AWAY } from './states/away.ts'
import { BUBBLE } from './states/bubble.ts'
import { ENDING } from './states/ending.ts'
import { FILES } from './states/files.ts'
import { FORM } from './states/form.ts'
import { TALK } from './states/talk.ts'
import { TROUBLE } from './states/trouble.ts'

/** One state of the widget. */
export interface State {
  /** Names it in addresses. */
  id: string
  title: string
  /** What there is to see, in a sentence. */
  says: string
  /** Brings it about. */
  play(stage: Stage): Promise<void>
}

/** States that belong together. */
export interface Group {
  title: string
  states: State[]
}

export const GROUPS: Group[] = [BUBBLE, FORM, TALK, FILES, ENDING, AWAY, TROUBLE]
