import type { Stage } from '../stage.ts'
import { attached } from '../stage.ts'
import type { Group } from '../states.ts'

/** A short talk that is under way. */
function begun(stage: Stage): void {
  stage.talk()
  stage.said(9, 'visitor', 'Hi! My planter arrived with a crack along the rim.')
  stage.said(7, 'maya', 'I am sorry to hear that! Could you send a picture of it?')
}

const DAY = 24 * 60
/** Below this width the window fills the screen. */
const PHONE = 480

export const TALK: Group = {
  title: 'Talking',
  states: [
    {
      id: 'empty',
      title: 'Nothing said yet',
      says: 'The greeting, who is there, and the field to write in.',
      play: stage => stage.open('.intro'),
    },
    {
      id: 'conversation',
      title: 'Conversation',
      says: 'Runs of messages, day lines, links, line breaks, emoji on their own, a picture, a file, events, ticks, typing.',
      async play(stage) {
        stage.talk()
        stage.said(DAY + 40, 'visitor', 'Hello, do you ship to Norway?')
        stage.said(
          DAY + 38,
          'maya',
          'We do! It takes four to six days:\nhttps://kiln.example/delivery/norway',
        )
        stage.said(DAY + 36, 'visitor', '🎉')
        stage.said(32, 'visitor', 'My planter arrived with a crack along the rim.')
        stage.said(31, 'visitor', 'Order 10442, it was a present for my sister.')
        stage.said(30, 'visitor', attached('rim.jpg', 'image/jpeg', 184_220))
        stage.said(26, 'maya', {
          kind: 'assignment',
          assignment: { member: 'agent-tomas', name: 'Tomás Ferreira' },
        })
        stage.said(
          25,
          'tomas',
          'That should not have happened. I will send a new one today, and you need not return this one.',
        )
        stage.said(24, 'tomas', attached('replacement-10442.pdf', 'application/pdf', 48_200))
        stage.said(3, 'visitor', 'That is so kind, thank you!')
        await stage.open('.cd-bubble')
        stage.read(10)
        stage.typing('tomas')
        await stage.seen.one('.cd-picture[data-state=shown]')
        await stage.seen.one('.cd-run-typing')
      },
    },
    {
      id: 'sending',
      title: 'Sent, and on its way',
      says: 'A ring until the gateway has stored a message, one tick then, two once an agent has read it.',
      async play(stage) {
        begun(stage)
        stage.said(5, 'visitor', 'Of course, one moment.')
        stage.said(2, 'visitor', 'It is quite dark here.')
        await stage.open('.cd-bubble')
        stage.read(3)
        stage.gateway.holding = true
        stage.call('send', 'Can you see it?')
        await stage.seen.one('[data-state=sending]')
      },
    },
    {
      id: 'failed',
      title: 'Not sent',
      says: 'The gateway did not take a message: why, and what can be done.',
      async play(stage) {
        begun(stage)
        await stage.open('.cd-bubble')
        stage.refuse('send', 'forbidden')
        stage.call('send', 'I took one just now.')
        await stage.seen.one('.cd-failed')
      },
    },
    {
      id: 'emoji',
      title: 'Emoji',
      says: 'Loaded when it is asked for; search, skin tones, what was used lately; the arrow keys go everywhere.',
      async play(stage) {
        begun(stage)
        await stage.open('.cd-bubble')
        await stage.seen.press('composer.emoji')
        await stage.seen.one('[role=dialog] [role=grid], .cd-emoji-picker, [role=gridcell]')
      },
    },
    {
      id: 'long',
      title: 'Too long',
      says: 'A message over the limit is not cut: by how much it is over is said while it is written.',
      async play(stage) {
        begun(stage)
        await stage.open('.cd-bubble')
        await stage.seen.type('.window textarea', 'The rim is cracked. '.repeat(900))
        await stage.seen.one('[role=alert]')
      },
    },
    {
      id: 'menu',
      title: 'Menu',
      says: 'What is rarely wanted: other conversations, sound, a larger window, an end.',
      async play(stage) {
        begun(stage)
        stage.gateway.visitor.transcripts = true
        await stage.open('.cd-bubble')
        await stage.seen.press('menu.name')
        await stage.seen.one('[role=menu]')
      },
    },
    {
      id: 'larger',
      title: 'Larger window',
      says: 'For long talks; stays so until it is made smaller again. On phones it fills the screen anyway.',
      async play(stage) {
        begun(stage)
        await stage.open('.cd-bubble')
        if (innerWidth < PHONE) return
        await stage.seen.press('menu.name')
        await stage.seen.press('menu.larger')
        await stage.seen.until('the menu to close', () => !stage.seen.root?.querySelector('[role=menu]'))
      },
    },
  ],
}
