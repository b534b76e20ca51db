import type { WidgetSettings } from '../client/index.ts'
import { drawing } from '../loader/icons.ts'
import { palette } from '../parts/contrast.ts'
import { t } from '../words/words.ts'
import type { Options } from './options.ts'
import type { Looks } from './shell.ts'

/** What is shown until the gateway said something else. */
export const SETTINGS: WidgetSettings = {
  primary_color: '#3B82F6',
  position: 'bottom-right',
  bubble_icon: 'chat',
  greeting_message: '',
  offline_message: '',
  auto_open: false,
  auto_open_delay: 0,
  show_agent_avatars: true,
  show_typing_indicator: true,
  draft_preview: false,
  theme: 'auto',
  strings: {},
  sounds: true,
  ask_rating: true,
  ask_email_away: true,
  rules: [],
}

/** How the widget looks with the organization's settings, on a page that gave these options. */
export function looks(settings: WidgetSettings, options: Options): Looks {
  const colors = palette(options.primaryColor ?? settings.primary_color)
  const { theme = settings.theme } = options
  const { autoOpen = settings.auto_open, autoOpenDelay = settings.auto_open_delay } = options
  return {
    colors: {
      '--cd-scheme': theme === 'auto' ? 'light dark' : theme,
      '--cd-brand': colors.brand,
      '--cd-icon': colors.icon,
      '--cd-fill': colors.fill,
      '--cd-on': colors.on,
      '--cd-on-light': colors.onLight,
      '--cd-on-dark': colors.onDark,
    },
    side: (options.position ?? settings.position) === 'bottom-left' ? 'left' : 'right',
    icon: drawing(settings.bubble_icon),
    ...(autoOpen && { opensAfter: autoOpenDelay }),
    labels: { open: t('bubble.open'), close: t('bubble.close'), dismiss: t('teaser.dismiss') },
    rules: settings.rules,
  }
}
