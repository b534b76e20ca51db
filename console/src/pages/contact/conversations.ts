import {
  type Client,
  type InboxPlace,
  RequestError,
  type Summary,
  type VisitorId,
  type WireError,
} from '@chatdesk/widget/client'
import { useEffect, useState } from 'preact/hooks'

type Pages = { rows?: readonly Summary[]; next?: InboxPlace; error?: WireError }

/** A visitor's conversations, page by page, kept right by what is told of them. */
export function useConversations(client: Client, visitor: VisitorId) {
  const [pages, setPages] = useState<Pages>({})
  const [tries, setTries] = useState(0)
  async function bring(after?: InboxPlace) {
    try {
      const { conversations, next } = await client.request('inbox', { visitor, ...(after && { after }) })
      setPages(({ rows = [] }) => ({
        rows: merged(after ? rows : [], conversations),
        ...(next && { next }),
      }))
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (client.state === 'online') setPages(pages => ({ ...pages, error: error.error }))
    }
  }

  useEffect(() => {
    void bring()
    const offs = [
      client.on('welcome', () => void bring()),
      client.on('summary', summary => {
        if (summary.visitor.id !== visitor) return
        setPages(pages => (pages.rows ? { ...pages, rows: merged(pages.rows, [summary]) } : pages))
      }),
      client.on('gone', ({ conversation }) => {
        setPages(({ rows, ...pages }) => ({
          ...pages,
          ...(rows && { rows: rows.filter(row => row.conversation !== conversation) }),
        }))
      }),
    ]
    return () => {
      for (const off of offs) off()
    }
  }, [client, visitor, tries])

  const { rows, next, error } = pages
  return { rows, error, more: next && (() => void bring(next)), again: () => setTries(tries + 1) }
}

/** Newest first, each conversation once: of two summaries the one that comes later, unless it is of a shorter log. */
export function merged(rows: readonly Summary[], fresh: readonly Summary[]): Summary[] {
  const all = new Map(rows.map(row => [row.conversation, row]))
  for (const summary of fresh) {
    const known = all.get(summary.conversation)
    if (!known || known.head <= summary.head) all.set(summary.conversation, summary)
  }
  return [...all.values()].sort((a, b) => b.updated_at - a.updated_at)
}
