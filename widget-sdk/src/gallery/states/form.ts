import type { FormField } from '../../client/index.ts'
import type { Group } from '../states.ts'

/** One field of each kind that an admin can ask for. */
const FIELDS: FormField[] = [
  { key: 'name', label: 'Your name', kind: 'text', required: true },
  { key: 'email', label: 'E-mail', kind: 'email', required: true },
  { key: 'phone', label: 'Telephone', kind: 'phone', required: false },
  {
    key: 'piece',
    label: 'Which piece is it?',
    kind: 'select',
    required: true,
    options: ['Mug', 'Bowl', 'Planter'],
  },
  { key: 'story', label: 'What happened?', kind: 'textarea', required: false },
  { key: 'terms', label: 'You may keep what I write here', kind: 'checkbox', required: true },
]
const SHORT = FIELDS.slice(0, 2)

export const FORM: Group = {
  title: 'Before the talk',
  states: [
    {
      id: 'loading',
      title: 'Loading',
      says: 'The window is open before the gateway has said anything.',
      async play(stage) {
        stage.gateway.dial = 'hang'
        await stage.open('.blank')
      },
    },
    {
      id: 'form',
      title: 'Form',
      says: 'The fields that the admin chose, and the departments, before a conversation begins.',
      async play(stage) {
        stage.ask(SHORT)
        stage.gateway.visitor.departments = ['Sales', 'Orders and repairs'].map((name, id) => ({
          id: `d${id}`,
          name,
        }))
        await stage.open('.prechat')
      },
    },
    {
      id: 'form-errors',
      title: 'Form with errors',
      says: 'Every kind of field; what is wrong is said beside it, and the first one has the keyboard.',
      async play(stage) {
        stage.ask(FIELDS)
        await stage.open('.prechat')
        await stage.seen.type('.prechat input[type=email]', 'ada@')
        await stage.seen.type('.prechat input[type=tel]', 'call me')
        await stage.seen.press('form.start')
        await stage.seen.one('[aria-invalid=true]')
      },
    },
    {
      id: 'form-refused',
      title: 'Refused start',
      says: 'Too many conversations were begun from here. What was typed stays.',
      async play(stage) {
        stage.ask(SHORT)
        stage.refuse('start', 'rate_limited')
        await stage.open('.prechat')
        await stage.seen.type('.prechat input[type=text]', 'Ada Byron')
        await stage.seen.type('.prechat input[type=email]', 'ada@mail.example')
        await stage.seen.press('form.start')
        await stage.seen.one('.prechat [role=alert]')
      },
    },
  ],
}
