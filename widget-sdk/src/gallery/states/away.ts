import type { Group } from '../states.ts'

const FIELDS = [{ key: 'name', label: 'Your name', kind: 'text' as const, required: true }]

export const AWAY: Group = {
  title: 'Nobody is there',
  states: [
    {
      id: 'away',
      title: 'Away',
      says: 'No agent is online: the organization’s own words, and a form that asks where to answer to.',
      async play(stage) {
        stage.away()
        stage.ask(FIELDS)
        stage.set({
          offline_message: 'We are in the workshop. Leave a message and we will answer it tonight.',
        })
        await stage.open('.prechat')
      },
    },
    {
      id: 'hours',
      title: 'Outside hours',
      says: 'Somebody may be online, but these are not their hours: when they begin again is said in the visitor’s time.',
      async play(stage) {
        const soon = new Date(Date.now() + 26 * 3_600_000)
        stage.set({
          hours: { time_zone: 'UTC', days: [{ day: soon.getUTCDay(), from: '09:00', to: '17:00' }] },
        })
        await stage.open('.prechat, .intro')
      },
    },
    {
      id: 'message-left',
      title: 'Message left',
      says: 'What was written while nobody was there is kept, and the visitor knows where the answer comes.',
      async play(stage) {
        stage.away()
        stage.ask(FIELDS)
        await stage.open('.prechat')
        await stage.seen.type('.prechat input[type=text]', 'Ada Byron')
        await stage.seen.type('.prechat input[type=email]', 'ada@mail.example')
        const message = stage.seen.root?.querySelector('.prechat textarea')
        if (message) await stage.seen.type('.prechat textarea', 'Do you take commissions for tiles?')
        const submit = await stage.seen.one('.prechat [type=submit]')
        submit.click()
        await stage.seen.one('.cd-list')
      },
    },
  ],
}
