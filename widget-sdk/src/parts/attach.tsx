import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Client, ConversationId } from '../client/index.ts'
import type { Store } from '../client/storage.ts'
import { t } from '../words/words.ts'
import { Icon } from './icon.tsx'
import { useLater } from './later.ts'

/** Where files go. */
export interface Attaching {
  client: Client
  /** Undefined while there is no conversation: files wait for it. */
  conversation: ConversationId | undefined
  /** Files that were chosen, until they are on their way. */
  given: readonly File[]
  onGiven: (files: readonly File[]) => void
  /** Starts the conversation that they wait for. */
  onStart?: () => unknown
  /** That has failed. */
  stuck?: boolean
  /** Remembers, as `files`, which are on their way: the tab's next page tells that they were not sent. */
  underway?: Pick<Store, 'get' | 'set' | 'remove'>
}

/** Whether there have been files on this page: some may be on their way still. */
let used = false

const load = () => import('./files.ts')
const holdsFiles = (transfer: DataTransfer | null) => transfer?.types.includes('Files')

/**
 * Takes files by a button, by being dropped on what is marked `data-drop` around `box`, and through `paste`; the tray
 * shows them on their way. Nothing of it where the gateway takes no files.
 */
export function useAttaching(
  box: { current: HTMLElement | null },
  attaching: Attaching | undefined,
): { tray?: ComponentChildren; button?: ComponentChildren; paste?: (event: ClipboardEvent) => void } {
  const input = useRef<HTMLInputElement>(null)
  const { given = [], onGiven, client, underway } = attaching ?? {}
  used ||= given.length > 0
  const files = useLater(load, given.length > 0 ? given : used || underway?.get('files'))
  const give = (files: ArrayLike<File>) => onGiven?.([...given, ...Array.from(files)])
  const latest = useRef(give)
  latest.current = give
  const limits = client?.welcome?.limits
  const taken = Boolean(limits?.upload_bytes)

  useEffect(() => {
    const zone = box.current?.closest('[data-drop]')
    if (!zone || !taken) return
    const mark = 'data-dropping'
    const drag = (event: Event) => {
      const { type, dataTransfer, relatedTarget } = event as DragEvent
      if (!holdsFiles(dataTransfer)) return
      if (type === 'dragleave') {
        if (!zone.contains(relatedTarget as Node | null)) zone.removeAttribute(mark)
        return
      }
      // Else the browser would leave the page for the file.
      event.preventDefault()
      if (type === 'drop') {
        zone.removeAttribute(mark)
        latest.current(dataTransfer?.files ?? [])
      } else zone.setAttribute(mark, t('files.drop'))
    }
    const events = ['dragenter', 'dragover', 'dragleave', 'drop']
    for (const event of events) zone.addEventListener(event, drag)
    return () => {
      for (const event of events) zone.removeEventListener(event, drag)
      zone.removeAttribute(mark)
    }
  }, [taken])

  if (!attaching || !taken) return {}
  const label = t('composer.attach')
  return {
    tray: files ? (
      <files.Tray {...attaching} />
    ) : (
      files === null && (
        <p class="cd-problem" role="alert">
          {t('composer.unloaded')}
        </p>
      )
    ),
    button: (
      <>
        <input
          type="file"
          multiple
          hidden
          accept={limits?.upload_types.join(',')}
          aria-label={label}
          ref={input}
          onChange={({ currentTarget }) => {
            give(currentTarget.files ?? [])
            // The same file may be chosen again.
            currentTarget.value = ''
          }}
        />
        <button
          type="button"
          class="cd-tool"
          aria-label={label}
          title={label}
          onClick={() => input.current?.click()}
        >
          <Icon name="attach" />
        </button>
      </>
    ),
    paste(event) {
      const { clipboardData } = event
      // What has a text too was copied from a document: its picture is of the text.
      if (!holdsFiles(clipboardData) || clipboardData?.types.includes('text/plain')) return
      event.preventDefault()
      give(clipboardData?.files ?? [])
    },
  }
}
