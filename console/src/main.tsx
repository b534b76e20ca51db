import '@fontsource-variable/inter/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/entrance.css'
import { render } from 'preact'
import { load } from './account.ts'
import { App } from './pages/app.tsx'
import { listen } from './routes.ts'

const root = document.getElementById('console')
if (root) {
  listen()
  void load()
  render(<App />, root)
}
