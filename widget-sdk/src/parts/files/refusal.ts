import type { Limits, WireError } from '../../client/index.ts'
import { t } from '../../words/words.ts'
import { fileSize } from '../filesize.ts'
import { endings } from './kinds.ts'

/** Why a file is not taken, in words that name the rule. */
export function refusal({ code, field }: WireError, size: number, limits: Limits | undefined): string {
  if (code === 'too_large') {
    return t('files.big', { size: fileSize(size), limit: fileSize(limits?.upload_bytes ?? 0) })
  }
  if (code === 'unsupported') return t('files.off')
  if (code === 'not_found' || code === 'forbidden') return t('files.closed')
  switch (field) {
    case 'size':
      return t('files.empty')
    case 'bytes':
      return t('files.unreadable')
    case 'type':
      return t('files.type', { types: endings(limits?.upload_types ?? []).join(', ') })
    default:
      return t('files.failed')
  }
}

/** Whether the same file would be refused again: it breaks a rule. */
export function final({ code, field }: WireError): boolean {
  return code === 'too_large' || code === 'unsupported' || field === 'size' || field === 'type'
}
