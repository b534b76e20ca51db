import { AUTO_OPEN_DELAY_SECONDS, type WidgetSettings } from '@chatdesk/widget/client'
import { Field } from '../../parts/field.tsx'
import { Switch } from '../../parts/switch.tsx'
import { errorAt } from './draft.ts'
import { Section, type SectionProps } from './section.tsx'

const MESSAGES = [
  {
    name: 'greeting_message',
    label: 'Greeting',
    hint: 'Stands at the top of an empty conversation.',
  },
  {
    name: 'offline_message',
    label: 'Offline message',
    hint: 'Shown while no agent is online. Visitors can write all the same.',
  },
] as const

/** What visitors read before anybody has written. */
export function Messages({ draft, errors, change }: SectionProps) {
  return (
    <Section id="messages" lead="What visitors read before anybody has written.">
      {MESSAGES.map(({ name, label, hint }) => (
        <Field key={name} label={label} hint={hint} error={errorAt(errors, `settings.${name}`)}>
          {binding => (
            <textarea
              {...binding}
              class="input"
              rows={3}
              value={draft.settings[name]}
              onInput={event =>
                change({ settings: { ...draft.settings, [name]: event.currentTarget.value } })
              }
            />
          )}
        </Field>
      ))}
    </Section>
  )
}

/** Whether and how the widget comes forward. */
export function Behaviour({ draft, errors, change }: SectionProps) {
  const { settings } = draft
  const set = (part: Partial<WidgetSettings>) => change({ settings: { ...settings, ...part } })
  const delayError = errorAt(errors, 'settings.auto_open_delay')

  return (
    <Section id="behaviour" lead="When the widget shows up, and what it tells.">
      <Switch
        label="Widget enabled"
        hint="Switched off, your pages show no bubble."
        checked={draft.enabled}
        onChange={enabled => change({ enabled })}
      />
      <Switch
        label="Typing indicator"
        hint="Visitors see that an agent is typing."
        checked={settings.show_typing_indicator}
        onChange={show_typing_indicator => set({ show_typing_indicator })}
      />
      <Switch
        label="Show agents what visitors are typing"
        hint="A message can be read while it is being written, before it is sent."
        checked={settings.draft_preview}
        onChange={draft_preview => set({ draft_preview })}
      />
      <Switch
        label="Open by itself"
        hint="The window opens without a click."
        checked={settings.auto_open}
        onChange={auto_open => set({ auto_open })}
      />
      {(settings.auto_open || delayError) && (
        <Field label="Seconds before it opens" error={delayError}>
          {binding => (
            <input
              {...binding}
              class="input short"
              type="number"
              inputMode="numeric"
              min={0}
              max={AUTO_OPEN_DELAY_SECONDS}
              step={1}
              value={draft.delay}
              onInput={event => change({ delay: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
    </Section>
  )
}
