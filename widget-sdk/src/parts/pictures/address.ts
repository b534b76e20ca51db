import type { Attachment } from '../../client/index.ts'
import { FILM, IMAGE, PAGE, SOUND } from './lines.ts'

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

const KINDS: Readonly<Record<string, string>> = { image: IMAGE, video: FILM, audio: SOUND }

/** The drawing that stands for a kind of files, by their media type. */
export function kindLines(type: string): string {
  return KINDS[type.replace(/\/.*/, '')] ?? PAGE
}
