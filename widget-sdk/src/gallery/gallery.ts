// /demo/gallery: every state of the widget side by side; with `?state=…` one of them alone, which is what the frames show.
import { serveFiles } from './files.ts'
import { drawPage } from './page.ts'
import { Stage } from './stage.ts'
import { GROUPS } from './states.ts'
import { speak } from './words.ts'

const asked = new URLSearchParams(location.search)
const theme = asked.get('theme') ?? 'auto'
const lang = asked.get('lang') ?? 'en'
const id = asked.get('state')
const root = document.documentElement

// The widget's script comes behind this one: what it is told until then waits.
type Queue = { q?: unknown[][] }
const queue: ((...call: unknown[]) => void) & Queue = (...call) => {
  queue.q = [...(queue.q ?? []), call]
}
Object.assign(window, { chatdesk: queue })

if (id === null)
  addEventListener('DOMContentLoaded', () => drawPage({ theme, lang, size: asked.get('size') ?? 'window' }))
else {
  root.dataset.alone = ''
  root.dataset.theme = theme
  root.lang = lang
  speak(lang)
  serveFiles()
  play(id)
}

/** Brings a state about. `data-ready` on the document says when it is there, or why it is not. */
async function play(wanted: string): Promise<void> {
  const state = GROUPS.flatMap(({ states }) => states).find(one => one.id === wanted)
  try {
    if (!state) throw new Error(`there is no state ${wanted}`)
    const stage = new Stage(state.id, { theme, lang })
    await loaded()
    document.title = state.title
    await state.play(stage)
    root.dataset.ready = 'yes'
  } catch (error) {
    root.dataset.ready = String(error)
    console.error(error)
  }
}

/** Resolves once the page and the scripts on it are there. */
function loaded(): Promise<unknown> {
  if (document.readyState === 'complete') return Promise.resolve()
  return new Promise(then => addEventListener('load', then, { once: true }))
}
