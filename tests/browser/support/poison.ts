import { createHash, randomUUID } from 'node:crypto'
import { bytes, chunks, lines } from './corpus.ts'
import type { Organization } from './organization.ts'

/** A conversation full of the corpus, and what is needed to see it. */
export interface Poisoned {
  conversation: string
  visitor: string
  /** The session's token, as the visitor's browser keeps it. */
  token: string
  /** What both sides see of it, each as it must be shown. */
  texts: string[]
  /** What agents see besides. */
  notes: string[]
  /** What the visitor's profile shows: names and values of attributes. */
  attributes: string[]
}

/** Strings in one conversation: few enough that its pages load quickly. */
const STRINGS = 40

const NAME_BYTES = 200

interface Row {
  conversation: string
  visitor: string
  token: string
  entries: { kind: 'visitor' | 'agent'; sender: string; content: object }[]
  attributes: Record<string, string>
}

/**
 * Writes strings into conversations, straight into Postgres: each as a message of the visitor's, as a message of an
 * agent's, as an agent's name, as a note, a file's name, a rating's comment, an attribute.
 */
export async function poison(shop: Organization, corpus: readonly string[]): Promise<Poisoned[]> {
  const named = new Map(lines(corpus, NAME_BYTES).map(name => [name, randomUUID()]))
  await addMembers(shop, named)
  const members = [...named.values()]
  const names = [...named.keys()]
  const poisoned = chunks(corpus, STRINGS).map((strings, chunk) => {
    const conversation = randomUUID()
    const visitor = randomUUID()
    const row: Row = { conversation, visitor, token: randomUUID(), entries: [], attributes: {} }
    const texts = [...strings]
    const say = (kind: 'visitor' | 'agent', sender: string, content: object) =>
      row.entries.push({ kind, sender, content })
    strings.forEach((text, index) => {
      const place = chunk * STRINGS + index
      const agent = members[place % members.length] as string
      say('visitor', visitor, { kind: 'text', text })
      say('agent', agent, { kind: 'text', text })
      texts.push(names[place % names.length] as string)
      say('agent', agent, { kind: 'note', text })
      const name = names[place % names.length] as string
      const file = { id: randomUUID(), name, size: 2_048, type: 'application/pdf', url: `/files/x/${place}` }
      say(index % 2 ? 'visitor' : 'agent', index % 2 ? visitor : agent, {
        kind: 'attachment',
        attachment: file,
      })
      const comment = { score: 1 + (index % 5), ...(bytes(text) <= 2_000 && { comment: text }) }
      say('visitor', visitor, { kind: 'rating', rating: comment })
      say('agent', agent, { kind: 'assignment', assignment: { member: agent, name } })
      if (bytes(text) <= 500) row.attributes[bytes(text) <= 40 ? text : `attribute ${index}`] = text
    })
    const attributes = Object.entries(row.attributes).flat()
    return { row, seen: { conversation, visitor, token: row.token, texts, notes: strings, attributes } }
  })
  await addConversations(
    shop,
    poisoned.map(({ row }) => row),
  )
  return poisoned.map(({ seen }) => seen)
}

/** Members whose names are the corpus. */
async function addMembers({ gateway, id }: Organization, named: Map<string, string>): Promise<void> {
  const members = [...named].map(([name, member]) => ({ name, member, email: `${member}@x.example` }))
  await gateway.query(
    `with given as (select * from jsonb_to_recordset($2) as given (name text, member uuid, email text)),
     accounts as (insert into accounts (id, email, email_key, password_hash)
         select member, email, email, 'none' from given returning id)
     insert into members (organization_id, id, account_id, name, role)
     select $1, member, accounts.id, name, 'agent' from given join accounts on accounts.id = given.member`,
    [id, JSON.stringify(members)],
  )
}

/** Conversations with all that is in them, their visitors and those visitors' sessions. */
async function addConversations({ gateway, id }: Organization, rows: readonly Row[]): Promise<void> {
  const visits = rows.map(({ token, ...row }) => ({
    ...row,
    hash: createHash('sha256').update(token).digest('hex'),
  }))
  await gateway.query(
    `with given as (select * from jsonb_to_recordset($2)
         as given (conversation uuid, visitor uuid, hash text, entries jsonb, attributes jsonb)),
     visitors as (insert into visitors (organization_id, id, name, attributes)
         select $1, visitor, 'Visitor', attributes from given returning id),
     sessions as (insert into widget_sessions (organization_id, id, session_token, visitor_id)
         select $1, gen_random_uuid(), decode(hash, 'hex'), visitors.id
         from given join visitors on visitors.id = visitor returning id),
     talks as (insert into conversations (organization_id, id, visitor_id, client_id, head_seq)
         select $1, conversation, visitors.id, 'poison', jsonb_array_length(entries)
         from given join visitors on visitors.id = visitor returning id),
     said as (insert into entries (organization_id, conversation_id, seq, id, sender_kind, sender_id, client_id, at, content)
         select $1, talks.id, seq, gen_random_uuid(), entry ->> 'kind', (entry ->> 'sender')::uuid, 'poison-' || seq,
             now() - interval '1 hour' + seq * interval '1 second', entry -> 'content'
         from given join talks on talks.id = conversation,
             jsonb_array_elements(entries) with ordinality as e (entry, seq) returning seq)
     insert into search_queue (organization_id, id, conversations, first_seqs, last_seqs)
     select $1, gen_random_uuid(), array_agg(conversation), array_agg(1::bigint),
         array_agg(jsonb_array_length(entries)::bigint) from given`,
    [id, JSON.stringify(visits)],
  )
}

/**
 * A visitor for each string, who has it for a name, an address, a number, an answer and a newest message: what the
 * inbox, the contacts and the search show. Their page trail and what was tracked of them hold it as well.
 */
export async function poisonInbox({ gateway, id }: Organization, corpus: readonly string[]): Promise<void> {
  const strings = corpus
    .filter(text => bytes(text) <= 2_000)
    .map((text, place) => ({
      text,
      place,
      short: bytes(text) <= 200 ? text : null,
    }))
  await gateway.query(
    `with given as (select *, gen_random_uuid() as visitor, gen_random_uuid() as conversation
         from jsonb_to_recordset($2) as given (text text, place int, short text)),
     people as (insert into visitors (organization_id, id, name, email, phone, external_id)
         select $1, visitor, text, text, text, short from given returning id, name),
     pages as (insert into page_views (organization_id, visitor_id, id, at, url, title, referrer)
         select $1, people.id, gen_random_uuid(), now(), people.name, people.name, people.name from people),
     tracked as (insert into events (organization_id, visitor_id, id, at, name, properties)
         select $1, people.id, gen_random_uuid(), now(), short, jsonb_build_object(short, short)
         from given join people on people.id = visitor where short is not null),
     talks as (insert into conversations (organization_id, id, visitor_id, client_id, head_seq, preview_from,
             preview_text, answers, updated_at)
         select $1, conversation, people.id, 'poison', 1, case when place % 2 = 0 then 'agent' else 'visitor' end,
             left(text, 140), jsonb_build_array(jsonb_build_object('key', left(coalesce(short, 'x'), 40), 'value', text)),
             now() - place * interval '1 second'
         from given join people on people.id = visitor returning id, visitor_id),
     said as (insert into entries (organization_id, conversation_id, seq, id, sender_kind, sender_id, client_id, at, content)
         select $1, talks.id, 1, gen_random_uuid(), 'visitor', talks.visitor_id, 'poison', now(),
             jsonb_build_object('kind', 'text', 'text', text)
         from given join talks on talks.id = conversation)
     insert into search_queue (organization_id, id, conversations, first_seqs, last_seqs)
     select $1, gen_random_uuid(), array_agg(conversation), array_agg(1::bigint), array_agg(1::bigint) from given`,
    [id, JSON.stringify(strings)],
  )
}

/** Organizations with the strings for names, of which the owner is a member as well. */
export async function poisonMenu({ gateway, id }: Organization, names: readonly string[]): Promise<void> {
  await gateway.query(
    `with made as (insert into organizations (id, name) select gen_random_uuid(), unnest($2::text[]) returning id)
     insert into members (organization_id, id, account_id, name, role)
     select made.id, gen_random_uuid(), account_id, 'Olivia', 'owner' from made, members
     where organization_id = $1 and role = 'owner'`,
    [id, names],
  )
}
