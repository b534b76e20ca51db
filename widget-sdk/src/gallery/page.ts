import { GROUPS, type State } from './states.ts'
import { LANGUAGES } from './words.ts'

/** How the states are shown. */
export interface Shown {
  theme: string
  lang: string
  size: string
}

const CHOICES: [name: keyof Shown, label: string, values: readonly string[]][] = [
  ['theme', 'Theme', ['auto', 'light', 'dark']],
  ['lang', 'Language', LANGUAGES],
  ['size', 'Size', ['window', 'phone']],
]

/** Makes an element with these attributes and in it this. */
function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  element.append(...children)
  return element
}

/** Where a state is alone. */
function address({ id }: State, { theme, lang, size }: Shown): string {
  return `?${new URLSearchParams({ state: id, theme, lang, size })}`
}

/** The page that shows all states. */
export function drawPage(shown: Shown): void {
  const states = document.getElementById('states')
  const choices = document.getElementById('choices')
  const contents = document.getElementById('contents')
  states?.append(...GROUPS.map(({ title, states }) => group(title, states, shown)))
  contents?.append(
    ...GROUPS.map(({ title }) => make('li', {}, make('a', { href: `#${anchor(title)}` }, title))),
  )
  choices?.append(...CHOICES.map(([name, label, values]) => choice(name, label, values, shown)))
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z]+/gu, '-')
}

function group(title: string, states: State[], shown: Shown): HTMLElement {
  const id = anchor(title)
  return make(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    make('h2', { id: `${id}-title` }, title),
    make('div', { class: 'cards' }, ...states.map(state => card(state, shown))),
  )
}

function card(state: State, shown: Shown): HTMLElement {
  const src = address(state, shown)
  const frame = make('iframe', { src, title: state.title, loading: 'lazy' })
  return make(
    'article',
    { class: `card ${shown.size}`, id: `state-${state.id}`, 'data-state': state.id },
    make('h3', {}, state.title),
    make('p', {}, state.says),
    make('div', { class: 'frame' }, frame),
    make('a', { href: src, 'aria-label': `${state.title}, alone` }, 'Alone'),
  )
}

/** A choice of how to show all states; choosing goes to that page. */
function choice(name: keyof Shown, label: string, values: readonly string[], shown: Shown): HTMLElement {
  const options = values.map(value => make('option', value === shown[name] ? { selected: '' } : {}, value))
  const select = make('select', {}, ...options)
  select.addEventListener('change', () => {
    location.search = String(new URLSearchParams({ ...shown, [name]: select.value }))
  })
  return make('label', {}, `${label} `, select)
}
