import type { WidgetSettings } from '@chatdesk/widget/client'
import { Choice } from '../../parts/choice.tsx'
import { Field } from '../../parts/field.tsx'
import { Switch } from '../../parts/switch.tsx'
import { errorAt } from './draft.ts'
import { Section, type SectionProps } from './section.tsx'

const COLOURS = [
  ['#3B82F6', 'Blue'],
  ['#4F46E5', 'Indigo'],
  ['#7C3AED', 'Violet'],
  ['#DB2777', 'Pink'],
  ['#DC2626', 'Red'],
  ['#EA580C', 'Orange'],
  ['#15803D', 'Green'],
  ['#0F766E', 'Teal'],
  ['#111827', 'Ink'],
] as const

const BUBBLES = {
  chat: 'M6 5h12a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-5l-5 4v-4H6a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3z',
  help: 'M8.5 9a3.5 3.5 0 1 1 5.2 3.1c-1.1.6-1.7 1.3-1.7 2.6M12 18.5v.1',
  wave: 'M7 13 4.5 9.5M9.5 11 6 6M12 9.5 9 4.5M14.5 10 12.5 6M14.5 10l1-2.5M7 13c2 4 5 7 8.5 6s4-5 3-8l-1-3.5',
}

/** Colour, corner and icon of the bubble. */
export function Appearance({ draft, errors, change }: SectionProps) {
  const { settings } = draft
  const set = (part: Partial<WidgetSettings>) => change({ settings: { ...settings, ...part } })
  const colour = settings.primary_color

  return (
    <Section id="appearance" lead="How the bubble and the window look on your site.">
      <Field label="Colour" error={errorAt(errors, 'settings.primary_color')}>
        {binding => (
          <div class="colour">
            <input
              type="color"
              class="colour-well"
              aria-label="Pick a colour"
              value={/^#[0-9a-f]{6}$/i.test(colour) ? colour : '#000000'}
              onInput={event => set({ primary_color: event.currentTarget.value.toUpperCase() })}
            />
            <input
              {...binding}
              class="input colour-text"
              spellcheck={false}
              maxLength={7}
              value={colour}
              onInput={event => set({ primary_color: event.currentTarget.value.trim() })}
            />
            <div class="swatches">
              {COLOURS.map(([value, name]) => (
                <button
                  key={value}
                  type="button"
                  class="swatch"
                  title={name}
                  aria-label={name}
                  aria-pressed={colour.toUpperCase() === value}
                  ref={swatch => {
                    if (swatch) swatch.style.backgroundColor = value
                  }}
                  onClick={() => set({ primary_color: value })}
                />
              ))}
            </div>
          </div>
        )}
      </Field>
      <Choice
        label="Position"
        value={settings.position}
        onChange={position => set({ position })}
        options={[
          { value: 'bottom-left', label: 'Bottom left', drawing: <span class="corner left" /> },
          { value: 'bottom-right', label: 'Bottom right', drawing: <span class="corner right" /> },
        ]}
      />
      <Choice
        label="Bubble icon"
        value={settings.bubble_icon}
        onChange={bubble_icon => set({ bubble_icon })}
        options={[
          { value: 'chat', label: 'Chat', drawing: <BubbleIcon name="chat" /> },
          { value: 'help', label: 'Help', drawing: <BubbleIcon name="help" /> },
          { value: 'wave', label: 'Wave', drawing: <BubbleIcon name="wave" /> },
        ]}
      />
      <Switch
        label="Show agents’ avatars"
        hint="Visitors see who is there and who answers."
        checked={settings.show_agent_avatars}
        onChange={show_agent_avatars => set({ show_agent_avatars })}
      />
    </Section>
  )
}

function BubbleIcon({ name }: { name: keyof typeof BUBBLES }) {
  return (
    <svg class="icon" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
      <path d={BUBBLES[name]} />
    </svg>
  )
}
