import { CloseCode } from '../../client/index.ts'
import type { Stage } from '../stage.ts'
import type { Group } from '../states.ts'

function begun(stage: Stage): void {
  stage.talk()
  stage.said(9, 'visitor', 'Hi! My planter arrived with a crack along the rim.')
  stage.said(7, 'maya', 'I am sorry to hear that! Could you send a picture of it?')
}

export const TROUBLE: Group = {
  title: 'Trouble',
  states: [
    {
      id: 'offline',
      title: 'Offline',
      says: 'The browser has no network. What is written waits, and is sent once there is one.',
      async play(stage) {
        begun(stage)
        await stage.open('.cd-bubble')
        Object.defineProperty(navigator, 'onLine', { get: () => false })
        stage.gateway.dial = 'break'
        dispatchEvent(new Event('offline'))
        stage.gateway.crash()
        stage.call('send', 'Of course, one moment.')
        await stage.seen.one('.cd-banner')
      },
    },
    {
      id: 'reconnecting',
      title: 'Connection lost',
      says: 'Said only if it lasts; nothing that was shown as sent is lost.',
      async play(stage) {
        begun(stage)
        await stage.open('.cd-bubble')
        stage.gateway.dial = 'hang'
        stage.gateway.crash()
        await stage.seen.one('.cd-banner')
      },
    },
    {
      id: 'slow',
      title: 'Slow',
      says: 'The gateway is there but cannot store anything right now: it is tried again.',
      async play(stage) {
        begun(stage)
        await stage.open('.cd-bubble')
        stage.refuse('send', 'unavailable', 600_000)
        stage.call('send', 'Of course, one moment.')
        await stage.seen.one('.cd-banner')
      },
    },
    {
      id: 'refused',
      title: 'Refused',
      says: 'The gateway does not want the widget on this page: there is no bubble, and an open window says so.',
      async play(stage) {
        stage.answer('hello', socket => socket.end(CloseCode.OriginRefused, 'origin'))
        await stage.open('.cd-banner')
      },
    },
  ],
}
