/** Rows that are on their way. */
export function WaitingRows({ words }: { words: string }) {
  return (
    <div class="waiting" role="status">
      <span class="unseen">{words}</span>
      {[1, 2, 3, 4, 5].map(row => (
        <span key={row} class="waiting-row" />
      ))}
    </div>
  )
}
