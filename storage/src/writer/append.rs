//! The transaction that appends a batch to its logs.
//!
//! Seqs are allotted while the conversations' rows are locked, so that commit order is seq order whichever gateway
//! writes. Statements see the snapshot of their own start: the look-up of what is stored already has to be a statement
//! after the one that locks, or it would miss what the previous holder of the lock committed.
//!
//! Few entries come again, and to look up each costs a tenth of a batch: so a batch is written without, and looked up
//! only once it was found that something in it is stored (see [`Failure::Repeated`]).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use futures_util::future::{OptionFuture, join3, join4, join5};
use protocol::id::{ConversationId, EntryId, OrganizationId, ParticipantId};
use protocol::value::Summary;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::batch::{Key, Log, Outcome, Place, Plan, Reader, Said, key, plan};
use super::columns::{Entries, Reads, Summaries};
use super::lane::Queued;
use super::{NewEntry, NewRead, Write, visit};
use crate::conversation::{seq, summary, summary_columns, visitor_of_conversation};
use crate::error::{StorageError, describe, is_transient};
use crate::pool::{StorageConfig, open};
use crate::time::{millis, now};
use reject::Reject;
use sent::Sent;
use words::Words;

mod reject;
mod sent;
mod words;

macro_rules! lock {
    () => {
        concat!(
            "select ",
            summary_columns!(),
            ", c.organization_id, c.agent_read_id
             from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
             join conversations c on c.organization_id = k.organization_id and c.id = k.id ",
            visitor_of_conversation!(),
            " order by c.organization_id, c.id for no key update of c"
        )
    };
}

/// In id order, so that writers that share conversations wait for each other and never in a circle. Entries' foreign
/// keys only need the row's key to stay, so this weaker lock lets them through.
const LOCK: &str = lock!();
/// The positions within all columns of [`LOCK`], after those of a summary.
const LOCK_ORGANIZATION: usize = 18;
const LOCK_FURTHEST: usize = 19;

/// The same, but for the rows that somebody else holds.
const LOCK_FREE: &str = concat!(lock!(), " skip locked");

/// Which conversations there are, held or not: a later statement than the one that locks.
const FIND_EXISTING: &str = "select c.organization_id, c.id
    from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
    join conversations c on c.organization_id = k.organization_id and c.id = k.id";

const FIND_STORED: &str = "select k.place, e.seq, e.id, e.at
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) with ordinality
        as k(organization_id, conversation_id, sender_id, client_id, place)
    join entries e on e.organization_id = k.organization_id and e.conversation_id = k.conversation_id
        and e.sender_id = k.sender_id and e.client_id = k.client_id";

/// Without `on conflict`: if something is stored already the batch must fail and look, not skip a row whose seq has been
/// counted.
const INSERT: &str = "insert into entries
        (organization_id, conversation_id, seq, id, sender_kind, sender_id, client_id, at, content)
    select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::text[],
        $8::timestamptz[], $9::jsonb[])";

/// A rating stays until there is a newer one.
const SUMMARIZE: &str = "update conversations c set
        status = k.status, head_seq = k.head_seq, preview_from = k.preview_from, preview_text = k.preview_text,
        visitor_read_seq = k.visitor_read_seq, agent_read_seq = k.agent_read_seq, updated_at = k.updated_at,
        assignee_id = k.assignee_id, priority = k.priority, rating = coalesce(k.rating, c.rating),
        rating_comment = case when k.rating is null then c.rating_comment else k.rating_comment end,
        rated_at = coalesce(k.rated_at, c.rated_at), agent_read_id = k.agent_read_id
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
        $9::timestamptz[], $10::uuid[], $11::text[], $12::smallint[], $13::text[], $14::timestamptz[],
        $15::uuid[])
        as k(organization_id, id, status, head_seq, preview_from, preview_text, visitor_read_seq, agent_read_seq,
            updated_at, assignee_id, priority, rating, rating_comment, rated_at, agent_read_id)
    where c.organization_id = k.organization_id and c.id = k.id";

const NOTE_READ: &str = "insert into participants as p
        (organization_id, conversation_id, participant_id, kind, last_read_seq)
    select organization_id, conversation_id, participant_id, 'agent', last_read_seq
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])
        as k(organization_id, conversation_id, participant_id, last_read_seq)
    on conflict (organization_id, conversation_id, participant_id)
        do update set last_read_seq = excluded.last_read_seq where p.last_read_seq < excluded.last_read_seq
    returning organization_id, conversation_id, participant_id";

/// Every statement finds its few hundred rows through a key. Left to itself the planner plans each execution anew, around
/// the arrays' contents, and scans tables that were small when it last looked.
const PLANNING: &str = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off;
    set enable_mergejoin = off";

/// Why a batch was not committed.
pub(super) enum Failure {
    /// For no fault of its own, or nobody knows whether it was: to be tried again, which its keys make safe.
    Retry(String),
    /// Postgres will never take something in it.
    Refused(String),
    /// Somebody else held a conversation's row for longer than it was waited for.
    Locked,
    /// Something in it is stored already: it has to be looked up what.
    Repeated,
}

/// How a batch is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Approach {
    /// It may have been committed the time before: then every conversation in it is announced, since its announcement was
    /// lost.
    pub(super) again: bool,
    /// Whether it is looked up which of its entries are stored.
    pub(super) look_up: bool,
    pub(super) patience: Patience,
}

/// What to do about rows that somebody else holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Wait a little: it is most likely another gateway's commit.
    Wait,
    /// Leave them.
    None,
}

/// A connection with the writer's role and its statements.
pub(super) struct Session {
    client: Client,
    begin: String,
    lock: Statement,
    lock_free: Statement,
    find_existing: Statement,
    find_stored: Statement,
    insert: Statement,
    summarize: Statement,
    note_read: Statement,
    visits: visit::Statements,
    sent: Sent,
    words: Words,
    reject: Reject,
}

impl Session {
    /// Connects. `lock_patience` is how long a conversation's row is waited for.
    pub(super) async fn open(config: &StorageConfig, lock_patience: Duration) -> Result<Self, StorageError> {
        let (client, _) = open(config).await?;
        client.batch_execute(&config.greeting("chatdesk_writer")).await?;
        client.batch_execute(PLANNING).await?;
        Ok(Self {
            // Zero would mean no limit.
            begin: format!("begin; set local lock_timeout = {}", lock_patience.as_millis().clamp(1, i32::MAX as u128)),
            lock: client.prepare(LOCK).await?,
            lock_free: client.prepare(LOCK_FREE).await?,
            find_existing: client.prepare(FIND_EXISTING).await?,
            find_stored: client.prepare(FIND_STORED).await?,
            insert: client.prepare(INSERT).await?,
            summarize: client.prepare(SUMMARIZE).await?,
            note_read: client.prepare(NOTE_READ).await?,
            visits: visit::Statements::prepare(&client).await?,
            sent: Sent::prepare(&client).await?,
            words: Words::prepare(&client).await?,
            reject: Reject::prepare(&client).await?,
            client,
        })
    }

    /// Sets an entry aside that can never be stored.
    pub(super) async fn set_aside(&self, entry: &NewEntry, reason: &str) -> Result<(), tokio_postgres::Error> {
        self.reject.note(&self.client, entry, reason).await
    }

    /// Appends a batch in one transaction.
    pub(super) async fn append(&self, batch: &[Queued], approach: Approach) -> Result<Outcome, Failure> {
        let result = self.transaction(batch, approach).await;
        if matches!(result, Err(Failure::Refused(_) | Failure::Locked | Failure::Repeated)) {
            self.client.batch_execute("rollback").await?;
        }
        result
    }

    async fn transaction(&self, batch: &[Queued], approach: Approach) -> Result<Outcome, Failure> {
        if batch.iter().all(|queued| log(&queued.write).is_none()) {
            return self.write_visits(batch).await;
        }
        let Approach { again, look_up, .. } = approach;
        let Locked { logs, held, stored } = self.lock(batch, approach).await?;
        let plan = plan(batch.iter().map(|queued| &queued.write), logs.into_iter(), held, stored, now());
        let (raised, queued_words) = self.write(&plan, look_up).await?;
        let further = |reader: &Reader, said: &Said<'_>| said.further.unwrap_or_else(|| raised.contains(reader));
        let read = plan.read.iter().filter(|(reader, said)| again || further(reader, said));
        let read = read.map(|(_, said)| NewRead { seq: said.seq, ..said.read.clone() }).collect();
        let announced = plan.logs.into_iter().filter(|(_, state)| state.named || again);
        Ok(Outcome {
            verdicts: plan.verdicts,
            read,
            summaries: announced.map(|((organization, _), state)| (organization, state.summary)).collect(),
            queued_words,
        })
    }

    /// Writes a batch that is about no log: one round trip in all.
    async fn write_visits(&self, batch: &[Queued]) -> Result<Outcome, Failure> {
        let writes = batch.iter().map(|queued| &queued.write);
        let plan = plan(writes, std::iter::empty(), HashSet::new(), HashMap::new(), now());
        let (begun, visited, committed) = join3(
            self.client.batch_execute("begin"),
            self.visits.write(&self.client, &plan.page_views, &plan.events),
            self.client.batch_execute("commit"),
        )
        .await;
        begun?;
        visited?;
        committed?;
        Ok(Outcome { verdicts: plan.verdicts, read: Vec::new(), summaries: Vec::new(), queued_words: false })
    }

    /// Opens the transaction, locks the batch's conversations and looks up, if it is to, which of its entries are stored:
    /// one round trip.
    async fn lock<'a>(&self, batch: &'a [Queued], approach: Approach) -> Result<Locked<'a>, Failure> {
        let Approach { look_up, patience, .. } = approach;
        let logs: BTreeSet<Log> = batch.iter().filter_map(|queued| log(&queued.write)).collect();
        let (organizations, conversations): (Vec<Uuid>, Vec<Uuid>) = logs.iter().map(|log| (log.0.0, log.1.0)).unzip();
        let keys: Vec<Key<'a>> = batch
            .iter()
            .filter_map(|queued| match &queued.write {
                Write::Entry(entry) => Some(key(entry)),
                Write::Read(_) | Write::Tell(..) | Write::PageView(_) | Write::Event(_) => None,
            })
            .collect();
        let key_organizations: Vec<Uuid> = keys.iter().map(|((organization, _), ..)| organization.0).collect();
        let key_conversations: Vec<Uuid> = keys.iter().map(|((_, conversation), ..)| conversation.0).collect();
        let senders: Vec<Uuid> = keys.iter().map(|(_, sender, _)| sender.0).collect();
        let client_ids: Vec<&str> = keys.iter().map(|(.., client_id)| *client_id).collect();
        let lock_params: [&(dyn ToSql + Sync); 2] = [&organizations, &conversations];
        let stored_params: [&(dyn ToSql + Sync); 4] = [&key_organizations, &key_conversations, &senders, &client_ids];
        let lock = if patience == Patience::Wait { &self.lock } else { &self.lock_free };
        let find_existing = (patience == Patience::None).then(|| self.client.query(&self.find_existing, &lock_params));
        // The order of polling is the order of sending.
        let (begin, locked, found, existing) = join4(
            self.client.batch_execute(&self.begin),
            self.client.query(lock, &lock_params),
            OptionFuture::from(look_up.then(|| self.client.query(&self.find_stored, &stored_params))),
            OptionFuture::from(find_existing),
        )
        .await;
        begin?;
        if locked.as_ref().is_err_and(|error| error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)) {
            return Err(Failure::Locked);
        }
        // A row that makes no sense stops only the entries that need it.
        let senseless = |error: StorageError| Failure::Refused(error.to_string());
        let logs = locked?.iter().map(locked_log).collect::<Result<Vec<_>, _>>().map_err(senseless)?;
        let found = found.transpose()?.unwrap_or_default();
        let stored = found.iter().map(|row| stored_place(&keys, row)).collect::<Result<_, _>>().map_err(senseless)?;
        let mut held: HashSet<Log> = HashSet::new();
        for row in existing.transpose()?.unwrap_or_default() {
            held.insert((OrganizationId(row.try_get(0)?), ConversationId(row.try_get(1)?)));
        }
        for (log, ..) in &logs {
            held.remove(log);
        }
        Ok(Locked { logs, held, stored })
    }

    /// Writes what was planned and commits: one round trip. A failed statement makes the commit a rollback. Returns who
    /// of those that were overtaken has read further than before, and whether there are words to be made.
    async fn write(&self, plan: &Plan<'_>, looked_up: bool) -> Result<(HashSet<Reader>, bool), Failure> {
        let (entries, summaries, reads) = (Entries::of(plan), Summaries::of(plan), Reads::of(plan));
        let (entries, summaries, reads) = (entries.params(), summaries.params(), reads.as_ref().map(Reads::params));
        let (inserted, summarized, noted, (visited, sent, words), committed) = join5(
            self.client.execute(&self.insert, &entries),
            self.client.execute(&self.summarize, &summaries),
            OptionFuture::from(reads.as_ref().map(|reads| self.client.query(&self.note_read, reads))),
            join3(
                self.visits.write(&self.client, &plan.page_views, &plan.events),
                self.sent.note(&self.client, plan),
                self.words.note(&self.client, plan),
            ),
            self.client.batch_execute("commit"),
        )
        .await;
        // In the order of sending: what comes after a failure fails for that alone.
        inserted.map_err(|error| match error.code() {
            // Of an entry's keys, only its sender's can be there: its seq was allotted under the lock.
            Some(&SqlState::UNIQUE_VIOLATION) if !looked_up => Failure::Repeated,
            _ => error.into(),
        })?;
        summarized?;
        let noted = noted.transpose()?.unwrap_or_default();
        visited?;
        sent?;
        let queued_words = words?;
        let raised = noted.iter().map(reader).collect::<Result<_, _>>();
        committed?;
        // It is committed: an error here could only be a column of another type.
        let raised = raised.map_err(|error: tokio_postgres::Error| Failure::Retry(describe(&error)))?;
        Ok((raised, queued_words))
    }
}

/// What a batch is planned with.
struct Locked<'a> {
    /// The conversations that are there, as they stand while they are locked, each with the agent who has read furthest.
    logs: Vec<(Log, Summary, Option<ParticipantId>)>,
    /// Those that are there, too, and that somebody else holds.
    held: HashSet<Log>,
    /// Which of the batch's entries had been stored before.
    stored: HashMap<Key<'a>, Place>,
}

/// The log that a write is about, if it is about one.
pub(super) fn log(write: &Write) -> Option<Log> {
    match write {
        Write::Entry(entry) => Some((entry.organization, entry.conversation)),
        Write::Read(read) => Some((read.organization, read.conversation)),
        Write::Tell(organization, conversation) => Some((*organization, *conversation)),
        Write::PageView(_) | Write::Event(_) => None,
    }
}

fn reader(row: &Row) -> Result<Reader, tokio_postgres::Error> {
    let log = (OrganizationId(row.try_get(0)?), ConversationId(row.try_get(1)?));
    Ok((log, ParticipantId(row.try_get(2)?)))
}

fn locked_log(row: &Row) -> Result<(Log, Summary, Option<ParticipantId>), StorageError> {
    let summary = summary(row)?;
    let organization = OrganizationId(row.try_get(LOCK_ORGANIZATION)?);
    let furthest: Option<Uuid> = row.try_get(LOCK_FURTHEST)?;
    Ok(((organization, summary.conversation), summary, furthest.map(ParticipantId)))
}

fn stored_place<'a>(keys: &[Key<'a>], row: &Row) -> Result<(Key<'a>, Place), StorageError> {
    let place: i64 = row.try_get(0)?;
    let key = usize::try_from(place - 1).ok().and_then(|index| keys.get(index));
    let key = key.ok_or_else(|| StorageError::Fault(format!("there is no key {place}")))?;
    Ok((*key, Place { seq: seq(row, 1)?, id: EntryId(row.try_get(2)?), at: millis(row.try_get(3)?) }))
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let reason = describe(&error);
        // Classes 22 data exception, 23 integrity violation, 54 limit exceeded: what was sent is at fault. Anything
        // else, a missing table or right included, says nothing about the entries, and they are kept until it is mended.
        let class = error.code().and_then(|code| code.code().get(..2)).unwrap_or_default();
        if matches!(class, "22" | "23" | "54") && !is_transient(&error) {
            Self::Refused(reason)
        } else {
            Self::Retry(reason)
        }
    }
}
