import type { Attachment } from '../client/index.ts'
import { locale, t } from '../words/words.ts'
import { Icon, type IconName } from './icon.tsx'

const STEP = 1000
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte']

/** A file's length as people say it: `812 bytes`, `4.2 MB`. */
export function fileSize(bytes: number, tag = locale()): string {
  const power = bytes < STEP ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(STEP)), UNITS.length - 1)
  const count = bytes / STEP ** power
  return count.toLocaleString(tag, {
    style: 'unit',
    unit: UNITS[power],
    unitDisplay: power > 0 ? 'short' : 'long',
    maximumFractionDigits: power > 0 && count < 10 ? 1 : 0,
  })
}

/** Where a file is, if that is on the gateway: nothing else may hide behind a file's name. */
export function fileAddress({ url }: Attachment, gateway: string): string | undefined {
  try {
    const address = new URL(url, gateway)
    const { protocol, origin } = new URL(gateway)
    // `blob:` has the origin of what it holds, and `javascript:` the same as any other address without one.
    return url && address.protocol === protocol && address.origin === origin ? address.href : undefined
  } catch {
    return undefined
  }
}

/** A file's name without the marks that turn text around: they make `invoice<mark>txt.bat` read as `invoicetab.txt`. */
export function plainName(name: string): string {
  return name.replace(/\p{Bidi_Control}/gu, '')
}

const KINDS: Readonly<Record<string, IconName>> = { image: 'image', video: 'film', audio: 'sound' }

/** The icon of a kind of files, by their media type. */
export function kindIcon(type: string): IconName {
  return KINDS[type.replace(/\/.*/, '')] ?? 'file'
}

export interface AttachmentCardProps {
  attachment: Attachment
  /** The gateway's origin, such as `https://chat.example`. */
  gateway: string
}

/** A file: its name and length, to be saved when it is clicked. */
export function AttachmentCard({ attachment, gateway }: AttachmentCardProps) {
  const { size, type } = attachment
  const name = plainName(attachment.name)
  const href = fileAddress(attachment, gateway)
  const card = (
    <>
      <Icon name={kindIcon(type)} />
      <span class="cd-file-name">
        <bdi>{name}</bdi>
      </span>
      <span class="cd-file-size">{fileSize(size)}</span>
    </>
  )
  if (!href) return <span class="cd-file">{card}</span>
  return (
    <a class="cd-file" href={href} download={name} target="_blank" rel="noopener" title={t('file.save')}>
      {card}
      <Icon name="save" />
    </a>
  )
}
