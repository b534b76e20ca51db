/**
 * Moves the focus among the buttons of `event.currentTarget`, which stand in lines of `columns`, as the arrow keys, Home
 * and End say; only the one that has it can be reached by Tab.
 */
export function rove(event: KeyboardEvent & { currentTarget: HTMLElement }, columns: number): void {
  const box = event.currentTarget
  const cells = [...box.querySelectorAll('button')]
  const at = cells.indexOf(event.target as HTMLButtonElement)
  const forward = getComputedStyle(box).direction === 'rtl' ? -1 : 1
  const line = at - (at % columns)
  const to = {
    ArrowRight: at + forward,
    ArrowLeft: at - forward,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: line,
    End: Math.min(line + columns, cells.length) - 1,
  }[event.key]
  const cell = to !== undefined && at >= 0 ? cells[to] : undefined
  if (to !== undefined) event.preventDefault()
  if (!cell) return
  reach(cells, cell)
  cell.focus()
}

/** Makes one of several buttons the one that Tab goes to. */
export function reach(cells: readonly HTMLButtonElement[], cell: HTMLButtonElement): void {
  for (const other of cells) other.tabIndex = other === cell ? 0 : -1
}
