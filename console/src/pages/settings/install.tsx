import { useState } from 'preact/hooks'
import { Choice } from '../../parts/choice.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { type SnippetForm, snippet } from '../../parts/snippet.ts'
import { Section } from './section.tsx'

const FORMS = [
  { value: 'queue', label: 'Snippet' },
  { value: 'direct', label: 'One line' },
] as const

const WHEN: Record<SnippetForm, string> = {
  queue:
    'For every page. You can call chatdesk(…) right away, to open the window from a button of yours for example.',
  direct: 'For site builders that take a script’s address, and for pages that never call chatdesk(…).',
}

/** The code to paste. */
export function Installation({ widgetKey }: { widgetKey: string }) {
  const [form, setForm] = useState<SnippetForm>('queue')
  const code = snippet(form, window.location.origin, widgetKey)
  return (
    <Section id="install" lead="Paste this before </body> on every page that should have the bubble.">
      <div class="code-head">
        <Choice label="Form of the code" quiet options={FORMS} value={form} onChange={setForm} />
        <CopyButton text={code} label="Copy code" />
      </div>
      <section class="code" aria-label="Installation code">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so the keyboard must reach it */}
        <pre tabIndex={0}>
          <code>{code}</code>
        </pre>
      </section>
      <p class="field-hint">{WHEN[form]}</p>
    </Section>
  )
}
