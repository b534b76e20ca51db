import { t } from '../../words/words.ts'
import { Sheet } from './sheet.tsx'

/** Asks whether the conversation is to end. */
export function End({ onEnd, onClose }: { onEnd: () => void; onClose: () => void }) {
  return (
    <Sheet title={t('end.title')} onClose={onClose}>
      <p>{t('end.text')}</p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          onEnd()
          onClose()
        }}
      >
        {t('menu.end')}
      </button>
      <button type="button" class="cd-link" onClick={onClose}>
        {t('end.stay')}
      </button>
    </Sheet>
  )
}
