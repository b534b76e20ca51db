import { paper } from '../files.ts'
import type { Stage } from '../stage.ts'
import { attached } from '../stage.ts'
import type { Group } from '../states.ts'

/** Bytes that come before more is asked for, and of how many such parts the gateway says that it has them. */
const PART = 64_000
const PARTS = 5

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
        stage.gateway.uploads.window = PART
        let credits = 0
        stage.gateway.lose = name => name === 'upload_credit' && ++credits > PARTS
        await stage.seen.attach(paper('invoice-10442.pdf', 8 * PART), paper('glaze-chart.pdf', 12 * PART))
        await stage.seen.one('[role=progressbar], progress')
        await stage.seen.until('a part of it', () => credits > PARTS)
      },
    },
    {
      id: 'dropping',
      title: 'Dropping files',
      says: 'The whole window takes what is dragged over it; pasting works, too.',
      async play(stage) {
        await talking(stage)
        const given = new DataTransfer()
        given.items.add(paper('invoice-10442.pdf', PART))
        const over = { bubbles: true, cancelable: true, composed: true, dataTransfer: given }
        const list = await stage.seen.one('.cd-list')
        // Whoever drags moves on, too.
        await stage.seen.until('a place to drop', () => {
          for (const kind of ['dragenter', 'dragover']) list.dispatchEvent(new DragEvent(kind, over))
          return stage.seen.root?.querySelector('[data-dropping]')
        })
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
        await stage.seen.one('.cd-picture[data-state=shown]')
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
        const drawn = await stage.seen.one('.cd-picture[data-state=shown]')
        drawn.click()
        await stage.seen.one('.cd-light canvas:not([hidden])')
      },
    },
  ],
}
