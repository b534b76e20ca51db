import { useRef } from 'preact/hooks'
import type { LogItem } from '../../state/index.ts'
import { t } from '../../words/words.ts'
import { fileSize } from '../filesize.ts'
import { Icon } from '../icon.tsx'
import { useSheet } from '../sheet.ts'
import { fileAddress, kindLines, plainName } from './address.ts'
import { SAVE } from './lines.ts'
import { Picture } from './picture.tsx'
import { pictured } from './pictured.ts'
import css from './pictures.css?inline'

export interface FileProps {
  item: LogItem
  /** The gateway's origin, such as `https://chat.example`. */
  gateway: string
  /** A picture was clicked. */
  onPicture: (key: string) => void
}

/** A file of the log: a picture that opens, or a card with its name and length, to be saved when it is clicked. */
export function File({ item, gateway, onPicture }: FileProps) {
  const box = useRef<HTMLAnchorElement & HTMLSpanElement>(null)
  useSheet(box, css)
  const { attachment } = item.entry.content
  if (!attachment) return null
  const picture = pictured(item, gateway)
  if (picture) return <Picture {...picture} onOpen={() => onPicture(picture.key)} />
  const name = plainName(attachment.name)
  const href = fileAddress(attachment, gateway)
  const card = (
    <>
      <Icon path={kindLines(attachment.type)} />
      <bdi class="cd-file-name">{name}</bdi>
      <span class="cd-file-size">{fileSize(attachment.size)}</span>
      {href && <Icon path={SAVE} />}
    </>
  )
  if (!href) {
    return (
      <span class="cd-file" ref={box}>
        {card}
      </span>
    )
  }
  return (
    <a
      class="cd-file"
      href={href}
      download={name}
      target="_blank"
      rel="noopener"
      title={t('file.save')}
      ref={box}
    >
      {card}
    </a>
  )
}
