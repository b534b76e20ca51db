import type { WidgetSettings } from '@chatdesk/widget/client'
import { icon } from '@chatdesk/widget/icons'
import { useCallback } from 'preact/hooks'
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

/** The drawing that the bubble itself shows. */
function BubbleIcon({ name }: { name: string }) {
  const draw = useCallback((holder: HTMLElement | null) => holder?.replaceChildren(icon(name)), [name])
  return <span class="bubble-icon" ref={draw} />
}
