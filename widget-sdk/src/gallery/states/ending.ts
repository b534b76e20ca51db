import { PEOPLE } from '../people.ts'
import type { Stage } from '../stage.ts'
import type { Group, State } from '../states.ts'

/** A talk, and another one long ago. */
function talked(stage: Stage): void {
  stage.talk('conversation-earlier')
  stage.said(9_000, 'visitor', 'Do you restock the ash-grey mugs?', 'conversation-earlier')
  stage.said(8_990, 'tomas', 'On Monday. I will keep two for you!', 'conversation-earlier')
  stage.said(8_900, 'tomas', { kind: 'status', status: 'resolved' }, 'conversation-earlier')
  stage.talk()
  stage.said(12, 'visitor', 'Hi! My planter arrived with a crack along the rim.')
  stage.said(10, 'maya', 'A new one is on its way, and you need not return this one.')
  stage.said(8, 'visitor', 'Thank you so much!')
}

/** The same, and an agent has ended it. */
async function ended(stage: Stage): Promise<void> {
  talked(stage)
  await stage.open('.cd-bubble')
  stage.gateway.say('conversation-gallery', '', PEOPLE.maya, { kind: 'status', status: 'resolved' })
}

/** The screen with the previous conversations. */
function previous(
  id: string,
  title: string,
  says: string,
  prepare: (stage: Stage) => void,
  shows: string,
): State {
  return {
    id: `previous${id}`,
    title,
    says,
    async play(stage) {
      prepare(stage)
      await stage.open('.window textarea')
      await stage.seen.press('menu.name')
      await stage.seen.press('menu.previous')
      await stage.seen.one(shows)
    },
  }
}

export const ENDING: Group = {
  title: 'Ending, and coming back',
  states: [
    {
      id: 'end',
      title: 'End this chat?',
      says: 'Asked once, so that a slip ends nothing.',
      async play(stage) {
        talked(stage)
        await stage.open('.cd-bubble')
        await stage.seen.press('menu.name')
        await stage.seen.press('menu.end')
        await stage.seen.called('end.stay')
      },
    },
    {
      id: 'rating',
      title: 'Rating',
      says: 'The conversation is over: one to five, and a comment if one likes.',
      async play(stage) {
        await ended(stage)
        await stage.seen.one('.rating')
      },
    },
    {
      id: 'rated',
      title: 'Rating, chosen',
      says: 'Words are asked for once there is a score.',
      async play(stage) {
        await ended(stage)
        await stage.seen.one('.rating')
        stage.seen.root?.querySelector<HTMLElement>('.rating label:nth-child(4) input')?.click()
        await stage.seen.called('rating.send')
      },
    },
    {
      id: 'thanks',
      title: 'Thank you',
      says: 'The rating is stored.',
      async play(stage) {
        await ended(stage)
        await stage.seen.one('.rating')
        stage.seen.root?.querySelector<HTMLElement>('.rating label:last-child input')?.click()
        await stage.seen.press('rating.send')
        await stage.seen.until('the thanks', () => stage.seen.shows('rating.thanks'))
      },
    },
    {
      id: 'resolved',
      title: 'Over',
      says: 'Without a rating: a new conversation, or on with this one.',
      async play(stage) {
        stage.set({ ask_rating: false })
        await ended(stage)
        await stage.seen.called('talk.new')
      },
    },
    {
      id: 'transcript',
      title: 'Transcript',
      says: 'Where the organization sends e-mail, the visitor can have the conversation sent to them.',
      async play(stage) {
        talked(stage)
        stage.gateway.visitor.transcripts = true
        await stage.open('.cd-bubble')
        await stage.seen.press('menu.name')
        await stage.seen.press('menu.transcript')
        await stage.seen.one('.window input[type=email]')
      },
    },
    {
      id: 'transcript-sent',
      title: 'Transcript asked for',
      says: 'It is on its way to the address that was given.',
      async play(stage) {
        talked(stage)
        stage.gateway.visitor.transcripts = true
        stage.answer('transcript', (socket, ref) => stage.gateway.tell(socket, 'ok', {}, ref))
        await stage.open('.cd-bubble')
        await stage.seen.press('menu.name')
        await stage.seen.press('menu.transcript')
        await stage.seen.type('.window input[type=email]', 'ada@mail.example')
        const submit = await stage.seen.one('.sheet [type=submit]')
        submit.click()
        await stage.seen.until('the address', () =>
          stage.seen.root?.textContent?.includes('ada@mail.example'),
        )
      },
    },
    previous(
      '',
      'Previous conversations',
      'All that this visitor has talked about, newest first; each opens.',
      talked,
      '.previous .row',
    ),
    previous('-none', 'None yet', 'A first visit.', () => {}, '.previous p'),
    previous(
      '-loading',
      'Loading them',
      'The list is on its way.',
      stage => {
        talked(stage)
        stage.answer('inbox', () => {})
      },
      '.previous .cd-spinner',
    ),
    previous(
      '-failed',
      'Not loaded',
      'The list could not be had; it can be asked for again.',
      stage => {
        talked(stage)
        stage.refuse('inbox', 'unavailable')
      },
      '[role=alert]',
    ),
  ],
}
