import { t } from '../../words/words.ts'
import type { Bell } from '../bell.ts'
import type { Chat } from '../chat.ts'
import type { Choice } from './menu.tsx'

/** Where the menu leads to within the window. */
export type Place = 'previous' | 'end' | 'transcript'

export interface Offers {
  chat: Chat
  bell: Bell
  /** Whether the window is large, and what makes it the other. */
  large: boolean
  resize: () => void
  go: (place: Place) => void
  /** Absent where the chat has a window of its own already. */
  popOut: (() => void) | undefined
}

/** What the menu offers, as things stand. */
export function choices({ chat, bell, large, resize, go, popOut }: Offers): Choice[] {
  const { log, transcripts, settings } = chat.view
  // Where the window is all there is, as the style sheet has it, none is larger.
  const roomy = popOut && !matchMedia('(max-width: 479px), (max-height: 439px)').matches
  const all: (Choice | false | undefined)[] = [
    log && { name: t('menu.new'), path: 'M12 5v14M5 12h14', run: () => chat.leave() },
    {
      name: t('menu.previous'),
      path: 'M12 7v5l3 2M12 3a9 9 0 1 1-8.5 6M3 4v5h5',
      run: () => go('previous'),
    },
    log &&
      transcripts && {
        name: t('menu.transcript'),
        path: 'M3 6h18v12H3Zm0 1 9 6 9-6',
        run: () => go('transcript'),
      },
    settings.sounds && {
      name: t('menu.sound'),
      path: 'M5 9.5v5h3.5L13 18V6L8.5 9.5ZM16.5 9a4.5 4.5 0 0 1 0 6',
      on: !bell.muted,
      run: () => {
        bell.muted = !bell.muted
      },
    },
    roomy && {
      name: t(large ? 'menu.smaller' : 'menu.larger'),
      path: large ? 'M20 4l-6 6m0-5v5h5M4 20l6-6m0 5v-5H5' : 'M14 10l6-6m-5 0h5v5M10 14l-6 6m5 0H4v-5',
      run: resize,
    },
    roomy && { name: t('menu.popout'), path: 'M14 4h6v6m0-6-9 9M10 5H4v15h15v-6', run: popOut },
    chat.talking && { name: t('menu.end'), path: 'M6 6l12 12M18 6 6 18', run: () => go('end') },
  ]
  return all.filter(choice => !!choice)
}
