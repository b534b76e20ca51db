import { paper, picture } from '../files.ts'
import type { Stage } from '../stage.ts'
import { attached } from '../stage.ts'
import type { Group } from '../states.ts'

/** Bytes of credit after which the gateway says no more: a transfer stands still about half way. */
const HALF = 200_000

async function talking(stage: Stage): Promise<void> {
  stage.talk()
  stage.said(9, 'visitor', 'Hi! My planter arrived with a crack along the rim.')
  stage.said(7, 'maya', 'I am sorry to hear that! Could you send a picture of it?')
  await stage.open('.cd-bubble')
}

export const FILES: Group = {
  title: 'Files',
  states: [
    {
      id: 'uploading',
      title: 'On its way',
      says: 'How far each file is, and a way to stop it. A lost connection goes on where it was.',
      async play(stage) {
        await talking(stage)
        stage.gateway.uploads.window = HALF
        stage.gateway.lose = name => name === 'upload_credit'
        await stage.seen.attach(paper('invoice-10442.pdf', 2 * HALF), await picture('rim.png'))
        await stage.seen.one('[role=progressbar], progress')
      },
    },
    {
      id: 'upload-refused',
      title: 'Not taken',
      says: 'Too large, empty, or of a kind that is not taken: said before anything is sent.',
      async play(stage) {
        await talking(stage)
        const large = paper('glaze-test-film.png', 2_000_000, 'image/png')
        await stage.seen.attach(
          large,
          paper('empty.pdf', 0),
          paper('setup.exe', 4_000, 'application/x-msdownload'),
        )
        await stage.seen.one('.cd-tray, [role=alert]')
      },
    },
    {
      id: 'files',
      title: 'Pictures and files',
      says: 'Pictures are fetched when they come into sight and drawn small; anything else is a card.',
      async play(stage) {
        stage.talk()
        stage.said(6, 'visitor', attached('rim-from-above.jpg', 'image/jpeg', 284_220))
        stage.said(5, 'visitor', attached('rim-from-the-side.png', 'image/png', 420_002))
        stage.said(
          4,
          'maya',
          attached('replacement-10442-with-a-name-that-is-rather-long.pdf', 'application/pdf', 48_200),
        )
        stage.said(3, 'maya', attached('opening.mp3', 'audio/mpeg', 3_400_000))
        await stage.open('.cd-bubble')
        await stage.seen.one('canvas')
      },
    },
    {
      id: 'lightbox',
      title: 'Picture, large',
      says: 'All pictures of the conversation, by arrow keys, buttons or swipes; Escape goes back to where one was.',
      async play(stage) {
        stage.talk()
        stage.said(6, 'visitor', attached('rim-from-above.jpg', 'image/jpeg', 284_220))
        stage.said(5, 'visitor', attached('rim-from-the-side.png', 'image/png', 420_002))
        await stage.open('.cd-bubble')
        const drawn = await stage.seen.one('canvas')
        drawn.closest('button')?.click()
        await stage.seen.called('lightbox.close')
      },
    },
  ],
}
