import '@fontsource-variable/inter/wght.css'
import '@chatdesk/widget/parts/theme.css'
import '@chatdesk/widget/parts/parts.css'
import '@chatdesk/widget/parts/desk.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/choice.css'
import './styles/entrance.css'
import './styles/shell.css'
import './styles/inbox.css'
import './styles/search.css'
import './styles/conversation.css'
import './styles/contact.css'
import './styles/priority.css'
import './styles/picker.css'
import './styles/settings.css'
import './styles/kept.css'
import './styles/rows.css'
import './styles/tints.css'
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
