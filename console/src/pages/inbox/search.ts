import {
  type Client,
  type Contact,
  type ContactPlace,
  RequestError,
  SEARCH_QUERY_BYTES,
  type SearchHit,
  type SearchPlace,
  type WireError,
} from '@chatdesk/widget/client'
import { type ReadonlySignal, signal } from '@preact/signals'

/** How many contacts stand above what was written at first. */
const CONTACTS_FIRST = 3
/** How many come when more of them are asked for. */
const CONTACTS_MORE = 20

/** What was found. */
export type Findings = {
  /** The words that this was found by; they are behind those that are looked for, until an answer has come. */
  query: string
  contacts: readonly Contact[]
  hits: readonly SearchHit[]
  hasMoreContacts: boolean
  hasMoreHits: boolean
  /** Whether an answer is on its way. */
  busy: boolean
  error: WireError | undefined
}

const NOTHING: Findings = {
  query: '',
  contacts: [],
  hits: [],
  hasMoreContacts: false,
  hasMoreHits: false,
  busy: false,
  error: undefined,
}

/** Looks for words among messages and contacts. Of several answers the one to the latest words counts. */
export class Search {
  readonly #client: Client
  readonly #findings = signal(NOTHING)
  readonly #off: () => void
  #query = ''
  #nextHit: SearchPlace | undefined
  #nextContact: ContactPlace | undefined
  /** Numbers the looks: an answer to an earlier one comes too late. */
  #look = 0
  #bringing = new Set<'hits' | 'contacts'>()

  constructor(client: Client) {
    this.#client = client
    this.#off = client.on('welcome', () => {
      if (this.#query && this.#findings.peek().error) void this.look(this.#query)
    })
  }

  get findings(): ReadonlySignal<Findings> {
    return this.#findings
  }

  /** Looks for these words; what was found before stays until there is an answer. */
  async look(query: string): Promise<void> {
    const look = ++this.#look
    this.#query = query
    this.#bringing.clear()
    const before = this.#findings.peek()
    if (new TextEncoder().encode(query).length > SEARCH_QUERY_BYTES) {
      this.#findings.value = { ...NOTHING, query, error: tooLong() }
      return
    }
    this.#findings.value = { ...before, busy: true, error: undefined }
    try {
      const [contacts, page] = await Promise.all([
        this.#client.request('contacts', { query, limit: CONTACTS_FIRST }),
        this.#client.request('search', { query }),
      ])
      if (look !== this.#look) return
      this.#nextContact = contacts.next
      this.#nextHit = page.next
      this.#findings.value = {
        query,
        contacts: contacts.contacts,
        hits: page.hits,
        hasMoreContacts: contacts.next !== undefined,
        hasMoreHits: page.next !== undefined,
        busy: false,
        error: undefined,
      }
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (look === this.#look) this.#findings.value = { ...NOTHING, query, error: error.error }
    }
  }

  /** Brings the next messages. Rejects like `client.request`. */
  async moreHits(): Promise<void> {
    const after = this.#nextHit
    await this.#bring('hits', async look => {
      if (!after) return
      const page = await this.#client.request('search', { query: this.#query, after })
      if (look !== this.#look) return
      this.#nextHit = page.next
      const { hits } = this.#findings.peek()
      this.#change({ hits: [...hits, ...page.hits], hasMoreHits: page.next !== undefined })
    })
  }

  /** Brings the next contacts. Rejects like `client.request`. */
  async moreContacts(): Promise<void> {
    const after = this.#nextContact
    await this.#bring('contacts', async look => {
      if (!after) return
      const page = await this.#client.request('contacts', { query: this.#query, after, limit: CONTACTS_MORE })
      if (look !== this.#look) return
      this.#nextContact = page.next
      const { contacts } = this.#findings.peek()
      this.#change({ contacts: [...contacts, ...page.contacts], hasMoreContacts: page.next !== undefined })
    })
  }

  close(): void {
    this.#look++
    this.#off()
  }

  /** Once at a time of each. */
  async #bring(what: 'hits' | 'contacts', bring: (look: number) => Promise<void>): Promise<void> {
    if (this.#bringing.has(what)) return
    const look = this.#look
    this.#bringing.add(what)
    try {
      await bring(look)
    } finally {
      if (look === this.#look) this.#bringing.delete(what)
    }
  }

  #change(change: Partial<Findings>): void {
    this.#findings.value = { ...this.#findings.peek(), ...change }
  }
}

function tooLong(): WireError {
  const text = `use at most ${SEARCH_QUERY_BYTES} characters`
  return { code: 'bad_field', field: 'query', text, retryable: false, retry_ms: 0 }
}
