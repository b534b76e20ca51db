import type { LogItem } from '../../state/index.ts'
import { DRAWN } from '../message.tsx'
import { fileAddress, plainName } from './address.ts'

/** A picture of a conversation. */
export interface Pictured {
  /** Of its item in the log. */
  key: string
  href: string
  name: string
  /** In bytes. */
  size: number
}

/** The picture that an item is, if it is one that can be shown: a file on `gateway` (its origin) of the right kind. */
export function pictured({ key, entry }: LogItem, gateway: string): Pictured | undefined {
  const { attachment } = entry.content
  const href = attachment && DRAWN.test(attachment.type) ? fileAddress(attachment, gateway) : undefined
  return attachment && href
    ? { key, href, name: plainName(attachment.name), size: attachment.size }
    : undefined
}
