import { DEPARTMENTS } from '@chatdesk/widget/client'
import { useRef } from 'preact/hooks'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { RowButtons } from '../../parts/rowbuttons.tsx'
import { type DepartmentRow, errorAt, moved, newRow } from './draft.ts'
import { Section, type SectionProps } from './section.tsx'

/** Whom visitors may ask for. */
export function Departments({ draft, errors, change }: SectionProps) {
  const { departments } = draft
  const list = useRef<HTMLOListElement>(null)
  const set = (departments: DepartmentRow[]) => change({ departments })

  function add() {
    set([...departments, { row: newRow(), name: '' }])
    // After the row was drawn.
    requestAnimationFrame(() => list.current?.querySelector<HTMLInputElement>('li:last-child input')?.focus())
  }

  return (
    <Section id="departments" lead="Visitors choose one before the chat begins. With none, nobody is asked.">
      {departments.length > 0 && (
        <ol class="rows" ref={list}>
          {departments.map(({ row, name }, i) => (
            <li key={row} class="row">
              <Field label={`Department ${i + 1}`} quiet error={errorAt(errors, `departments[${i}]`)}>
                {binding => (
                  <input
                    {...binding}
                    class="input"
                    value={name}
                    placeholder="Sales"
                    onInput={event => {
                      const { value } = event.currentTarget
                      set(departments.map(old => (old.row === row ? { ...old, name: value } : old)))
                    }}
                  />
                )}
              </Field>
              <RowButtons
                label={name || `department ${i + 1}`}
                index={i}
                count={departments.length}
                onMove={to => set(moved(departments, i, to))}
                onRemove={() => set(departments.filter(old => old.row !== row))}
              />
            </li>
          ))}
        </ol>
      )}
      {errors.departments && <p class="field-error">{errors.departments}</p>}
      <button type="button" class="button add" disabled={departments.length >= DEPARTMENTS} onClick={add}>
        <Icon name="plus" size={18} />
        Add department
      </button>
    </Section>
  )
}
