import { useEffect, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

/** How long the button says that it worked, in milliseconds. */
const CONFIRM_MS = 2_000

/** Copies a text, and says whether it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>()
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(undefined), CONFIRM_MS)
    return () => clearTimeout(timer)
  }, [outcome])

  async function copy() {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
    } catch {
      // No permission, or a page that is not secure: the text stands there to be selected.
      setOutcome('refused')
    }
  }

  return (
    <button type="button" class={`button small ${outcome === 'copied' ? 'done' : ''}`} onClick={copy}>
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} size={16} />
      <span aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Select and copy it' : label}
      </span>
    </button>
  )
}
