import type { Group, State } from '../states.ts'

/** A bubble with another icon. */
function icon(name: string, title: string): State {
  return {
    id: `bubble-${name}`,
    title,
    says: 'Chosen by an admin; the colour is the organization’s.',
    play(stage) {
      stage.set({ bubble_icon: name })
      return stage.start()
    },
  }
}

export const BUBBLE: Group = {
  title: 'The bubble',
  states: [
    {
      id: 'bubble',
      title: 'Bubble',
      says: 'All that a page pays for until somebody shows interest: one small script.',
      play: stage => stage.start(),
    },
    icon('help', 'Question mark'),
    icon('wave', 'Hand'),
    {
      id: 'badge',
      title: 'Unread messages',
      says: 'An agent answered while the window was closed. Screen readers hear how many there are.',
      async play(stage) {
        stage.talk()
        stage.said(6, 'visitor', 'Is the moss-green glaze food-safe?')
        stage.said(2, 'maya', 'It is, and it goes into the dishwasher.')
        stage.said(2, 'maya', 'We glaze it without lead.')
        stage.said(1, 'maya', 'Shall I put one aside for you?')
        await stage.start()
        await stage.seen.one('.badge:not(:empty)')
      },
    },
    {
      id: 'left',
      title: 'Bottom left',
      says: 'For pages with something of their own in the other corner.',
      async play(stage) {
        stage.set({ position: 'bottom-left' })
        await stage.open('.composer, .cd-composer')
      },
    },
    {
      id: 'teaser',
      title: 'Teaser',
      says: 'A proactive rule holds: its message stands beside the bubble, once for each visitor.',
      async play(stage) {
        const message = 'Free delivery this week. Any questions about a piece?'
        stage.set({ rules: [{ id: 'delivery', message, open: false, exit_intent: false }] })
        await stage.start()
        await stage.seen.one('.teaser')
      },
    },
  ],
}
