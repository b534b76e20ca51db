import type { TargetedEvent, TargetedKeyboardEvent } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { language, t } from '../../words/words.ts'
import { useSheet } from '../sheet.ts'
import css from './emoji.css?inline'
import { keep, kept } from './kept.ts'
import { rove } from './rove.ts'
import { type Emoji, load, search, toned } from './table.ts'

/** How many stand in a line; so does the style sheet say. */
const COLUMNS = 8
/** Most that a search shows: more words find better than more lines. */
const FOUND = 15 * COLUMNS
/** The groups of the table, in its order: what stands for each, and its name's key. */
const GROUPS = [
  ['😀', 'emoji.smileys'],
  ['👋', 'emoji.people'],
  ['🐻', 'emoji.animals'],
  ['🍔', 'emoji.food'],
  ['🚗', 'emoji.travel'],
  ['⚽', 'emoji.activities'],
  ['💡', 'emoji.objects'],
  ['❤️', 'emoji.symbols'],
  ['🏁', 'emoji.flags'],
] as const
const RECENT = -1
/** What the tones are shown on. */
const HAND: Emoji = { emoji: '✋', toned: true, name: '', words: '' }

export interface PickerProps {
  /** One was chosen; `more` while Shift is held. */
  onPick: (emoji: string, more: boolean) => void
}

/**
 * All emoji, by group or found by a word, in the skin tone that was chosen last. Arrow keys move in the grid, and from the
 * search into it.
 */
export function Picker({ onPick }: PickerProps) {
  const box = useRef<HTMLDivElement>(null)
  useSheet(box, css)
  const [query, setQuery] = useState('')
  const [remembered, setRemembered] = useState(kept)
  const [group, setGroup] = useState(remembered.recent.length > 0 ? RECENT : 0)
  const [all, setAll] = useState<Awaited<ReturnType<typeof load>>>()
  const speech = language()
  useEffect(() => {
    let here = true
    load(speech).then(
      loaded => here && setAll(loaded),
      () => here && setAll([]),
    )
    return () => {
      here = false
    }
  }, [speech])
  useLayoutEffect(() => {
    // A keyboard that slides in would cover what there is to choose from.
    const first = matchMedia('(pointer: coarse)').matches ? '[aria-selected=true]' : 'input'
    box.current?.querySelector<HTMLElement>(first)?.focus()
  }, [])

  const { tone, recent } = remembered
  const shown = useMemo(() => {
    if (!all) return []
    if (query.trim()) return search(all, query).slice(0, FOUND)
    if (group !== RECENT) return all[group] ?? []
    const known = new Map(all.flat().map(one => [one.emoji, one]))
    return recent.flatMap(one => known.get(one) ?? [])
  }, [all, query, group, recent])
  const rows = Array.from({ length: Math.ceil(shown.length / COLUMNS) }, (_, row) =>
    shown.slice(row * COLUMNS, (row + 1) * COLUMNS),
  )
  const pick = (one: Emoji | undefined, more: boolean) => {
    if (!one) return
    keep({ chosen: one.emoji })
    onPick(toned(one, tone), more)
  }
  const tabs = [
    ...(recent.length > 0 ? [['🕘', 'emoji.recent', RECENT] as const] : []),
    ...GROUPS.map(([sign, key], at) => [sign, key, at] as const),
  ]
  const here = tabs.find(tab => tab[2] === group)
  const cells = () => [...(box.current?.querySelectorAll<HTMLButtonElement>('[role=gridcell]') ?? [])]

  return (
    <div class="cd-picker" role="dialog" aria-label={t('emoji.title')} ref={box}>
      <div class="cd-picker-top">
        <input
          type="search"
          class="cd-picker-search"
          value={query}
          placeholder={t('emoji.search')}
          aria-label={t('emoji.search')}
          dir="auto"
          onInput={(event: TargetedEvent<HTMLInputElement>) => setQuery(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.isComposing || (event.key !== 'Enter' && event.key !== 'ArrowDown')) return
            // An Enter in here is not one in the form around it, which would send.
            event.preventDefault()
            if (event.key === 'ArrowDown') cells()[0]?.focus()
            else if (query.trim()) pick(shown[0], event.shiftKey)
          }}
        />
        <select
          class="cd-picker-tone"
          aria-label={t('emoji.tone')}
          title={t('emoji.tone')}
          onChange={(event: TargetedEvent<HTMLSelectElement>) => {
            keep({ tone: event.currentTarget.selectedIndex })
            setRemembered({ tone: event.currentTarget.selectedIndex, recent })
          }}
        >
          {Array.from({ length: 6 }, (_, step) => (
            <option key={step} selected={step === tone}>
              {toned(HAND, step)}
            </option>
          ))}
        </select>
      </div>
      {!query.trim() && (
        <div
          class="cd-picker-groups"
          role="tablist"
          aria-label={t('emoji.title')}
          onKeyDown={(event: TargetedKeyboardEvent<HTMLDivElement>) => rove(event, tabs.length)}
        >
          {tabs.map(([sign, key, at]) => (
            <button
              key={key}
              type="button"
              role="tab"
              aria-selected={at === group}
              aria-label={t(key)}
              title={t(key)}
              tabIndex={at === group ? 0 : -1}
              onClick={() => setGroup(at)}
              onFocus={() => setGroup(at)}
            >
              {sign}
            </button>
          ))}
        </div>
      )}
      <div class="cd-picker-grid">
        {shown.length > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: its cells are in no columns
          <div
            role="grid"
            key={query.trim() ? 'found' : group}
            aria-label={query.trim() || !here ? t('emoji.search') : t(here[1])}
            onKeyDown={(event: TargetedKeyboardEvent<HTMLDivElement>) => rove(event, COLUMNS)}
            onClick={event => {
              const cell = (event.target as Element).closest('button')
              if (cell) pick(shown[cells().indexOf(cell)], event.shiftKey)
            }}
          >
            {rows.map((row, line) => (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: its cells are
              <div class="cd-picker-row" role="row" key={row[0]?.emoji}>
                {row.map((one, column) => (
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  <button
                    key={one.emoji}
                    type="button"
                    role="gridcell"
                    tabIndex={line + column === 0 ? 0 : -1}
                    aria-label={one.name || undefined}
                    title={one.name || undefined}
                  >
                    {toned(one, tone)}
                  </button>
                ))}
              </div>
            ))}
          </div>
        )}
      </div>
      <p class="cd-picker-none" role="status">
        {all && shown.length === 0 && t(all.length > 0 ? 'emoji.none' : 'composer.unloaded')}
      </p>
    </div>
  )
}
