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
        await stage.seen.one('.over [type=radio], .over [role=radio], .rating')
      },
    },
    {
      id: 'thanks',
      title: 'Thank you',
      says: 'The rating is stored.',
      async play(stage) {
        await ended(stage)
        const score = await stage.seen.until('the scores', () =>
          [
            ...(stage.seen.root?.querySelectorAll<HTMLElement>('.rating [type=radio], .over [type=radio]') ??
              []),
          ].at(-1),
        )
        score.click()
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
    previous(
      '',
      'Previous conversations',
      'All that this visitor has talked about, newest first; each opens.',
      talked,
      '.previous li, .previous button, [data-conversation]',
    ),
    previous('-none', 'None yet', 'A first visit.', () => {}, '.blank, .previous, .none'),
    previous(
      '-failed',
      'Not loaded',
      'The list could not be had; it can be asked for again.',
      stage => {
        talked(stage)
        stage.gateway.instead = (socket, { name, ref }) => {
          if (name !== 'inbox') return false
          const error = { code: 'unavailable', retryable: false, retry_ms: 0, text: 'away' } as const
          stage.gateway.tell(socket, 'error', error, ref)
          return true
        }
      },
      '[role=alert]',
    ),
  ],
}
