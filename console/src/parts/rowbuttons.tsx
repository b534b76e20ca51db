import { Icon } from './icon.tsx'

type Props = {
  /** What the row is called, for the buttons' labels. */
  label: string
  index: number
  count: number
  onMove: (to: number) => void
  onRemove: () => void
}

/** Moves a row of a list up or down, or removes it. */
export function RowButtons({ label, index, count, onMove, onRemove }: Props) {
  return (
    <span class="row-buttons">
      <button
        type="button"
        class="icon-button"
        aria-label={`Move ${label} up`}
        title="Move up"
        disabled={index === 0}
        onClick={() => onMove(index - 1)}
      >
        <Icon name="up" size={18} />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={`Move ${label} down`}
        title="Move down"
        disabled={index === count - 1}
        onClick={() => onMove(index + 1)}
      >
        <Icon name="down" size={18} />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={`Remove ${label}`}
        title="Remove"
        onClick={onRemove}
      >
        <Icon name="trash" size={18} />
      </button>
    </span>
  )
}
