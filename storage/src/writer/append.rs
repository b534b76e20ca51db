//! The transaction that appends a batch to its logs.
//!
//! Seqs are allotted while the conversations' rows are locked, so that commit order is seq order whichever gateway
//! writes. Statements see the snapshot of their own start: the look-up of what is stored already has to be a statement
//! after the one that locks, or it would miss what the previous holder of the lock committed.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use futures_util::future::{join3, join4};
use protocol::id::{EntryId, OrganizationId};
use protocol::value::{Content, Seq, Summary};
use tokio_postgres::types::{Json, ToSql};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::Write;
use super::batch::{Key, Log, Outcome, Place, Plan, State, key, plan};
use super::lane::Queued;
use crate::conversation::{seq, summary, summary_columns, visitor_of_conversation};
use crate::error::{StorageError, describe, is_transient};
use crate::label::Label;
use crate::pool::{StorageConfig, open};
use crate::time::{millis, timestamp};

/// In id order, so that writers that share conversations wait for each other and never in a circle. Entries' foreign
/// keys only need the row's key to stay, so this weaker lock lets them through.
const LOCK: &str = concat!(
    "select ",
    summary_columns!(),
    ", c.organization_id
     from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
     join conversations c on c.organization_id = k.organization_id and c.id = k.id ",
    visitor_of_conversation!(),
    " order by c.organization_id, c.id for no key update of c"
);
/// The position within all columns of [`LOCK`], after those of a summary.
const LOCK_ORGANIZATION: usize = 14;

const FIND_STORED: &str = "select k.place, e.seq, e.id, e.at
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) with ordinality
        as k(organization_id, conversation_id, sender_id, client_id, place)
    join entries e on e.organization_id = k.organization_id and e.conversation_id = k.conversation_id
        and e.sender_id = k.sender_id and e.client_id = k.client_id";

/// Without `on conflict`: under the lock and after the look-up nothing can conflict, and if something does the batch
/// must fail and look again, not skip a row whose seq has been counted.
const INSERT: &str = "insert into entries
        (organization_id, conversation_id, seq, id, sender_kind, sender_id, client_id, at, content)
    select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::text[],
        $8::timestamptz[], $9::jsonb[])";

const SUMMARIZE: &str = "update conversations c set
        status = k.status, head_seq = k.head_seq, preview_from = k.preview_from, preview_text = k.preview_text,
        visitor_read_seq = k.visitor_read_seq, agent_read_seq = k.agent_read_seq, updated_at = k.updated_at
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
        $9::timestamptz[]) as k(organization_id, id, status, head_seq, preview_from, preview_text, visitor_read_seq,
        agent_read_seq, updated_at)
    where c.organization_id = k.organization_id and c.id = k.id";

const NOTE_READ: &str = "insert into participants as p
        (organization_id, conversation_id, participant_id, kind, last_read_seq)
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[])
    on conflict (organization_id, conversation_id, participant_id)
        do update set last_read_seq = excluded.last_read_seq where p.last_read_seq < excluded.last_read_seq";

/// Why a batch was not committed.
pub(super) enum Failure {
    /// For no fault of its own, or nobody knows whether it was: to be tried again, which its keys make safe.
    Retry(String),
    /// Postgres will never take something in it.
    Refused(String),
}

/// A connection with the writer's role and its statements.
pub(super) struct Session {
    client: Client,
    lock: Statement,
    find_stored: Statement,
    insert: Statement,
    summarize: Statement,
    note_read: Statement,
}

impl Session {
    pub(super) async fn open(config: &StorageConfig) -> Result<Self, Failure> {
        let (client, _) = open(config).await?;
        let timeout = config.statement_timeout.as_millis().clamp(1, i32::MAX as u128);
        let greeting = config.greeting("chatdesk_writer");
        // A gateway that froze in the middle must not keep the rows from the others.
        client.batch_execute(&format!("{greeting}; set idle_in_transaction_session_timeout = {timeout}")).await?;
        Ok(Self {
            lock: client.prepare(LOCK).await?,
            find_stored: client.prepare(FIND_STORED).await?,
            insert: client.prepare(INSERT).await?,
            summarize: client.prepare(SUMMARIZE).await?,
            note_read: client.prepare(NOTE_READ).await?,
            client,
        })
    }

    /// Appends a batch in one transaction. When it is tried `again` it may have been committed the time before: then
    /// every conversation in it is announced, since its announcement was lost.
    pub(super) async fn append(&self, batch: &[Queued], again: bool) -> Result<Outcome, Failure> {
        let result = self.transaction(batch, again).await;
        if matches!(result, Err(Failure::Refused(_))) {
            self.client.batch_execute("rollback").await?;
        }
        result
    }

    async fn transaction(&self, batch: &[Queued], again: bool) -> Result<Outcome, Failure> {
        let (logs, stored) = self.lock(batch).await?;
        let plan = plan(batch.iter().map(|queued| &queued.write), logs.into_iter(), stored);
        self.write(&plan).await?;
        let announced = plan.logs.into_iter().filter(|(_, state)| state.named || again);
        Ok(Outcome {
            verdicts: plan.verdicts,
            summaries: announced.map(|((organization, _), state)| (organization, state.summary)).collect(),
        })
    }

    /// Opens the transaction, locks the batch's conversations and looks up which of its entries are stored: one round
    /// trip.
    async fn lock<'a>(&self, batch: &'a [Queued]) -> Result<(Vec<(Log, Summary)>, HashMap<Key<'a>, Place>), Failure> {
        let logs: BTreeSet<Log> = batch.iter().map(|queued| log(&queued.write)).collect();
        let (organizations, conversations): (Vec<Uuid>, Vec<Uuid>) = logs.iter().map(|log| (log.0.0, log.1.0)).unzip();
        let keys: Vec<Key<'a>> = batch
            .iter()
            .filter_map(|queued| match &queued.write {
                Write::Entry(entry) => Some(key(entry)),
                Write::Read(_) => None,
            })
            .collect();
        let key_organizations: Vec<Uuid> = keys.iter().map(|((organization, _), ..)| organization.0).collect();
        let key_conversations: Vec<Uuid> = keys.iter().map(|((_, conversation), ..)| conversation.0).collect();
        let senders: Vec<Uuid> = keys.iter().map(|(_, sender, _)| sender.0).collect();
        let client_ids: Vec<&str> = keys.iter().map(|(.., client_id)| *client_id).collect();
        let lock_params: [&(dyn ToSql + Sync); 2] = [&organizations, &conversations];
        let stored_params: [&(dyn ToSql + Sync); 4] = [&key_organizations, &key_conversations, &senders, &client_ids];
        // The order of polling is the order of sending.
        let (begin, locked, found) = join3(
            self.client.batch_execute("begin"),
            self.client.query(&self.lock, &lock_params),
            self.client.query(&self.find_stored, &stored_params),
        )
        .await;
        begin?;
        let logs = locked?.iter().map(locked_log).collect::<Result<_, StorageError>>()?;
        let stored = found?.iter().map(|row| stored_place(&keys, row)).collect::<Result<_, StorageError>>()?;
        Ok((logs, stored))
    }

    /// Writes what was planned and commits: one round trip. A failed statement makes the commit a rollback.
    async fn write(&self, plan: &Plan<'_>) -> Result<(), Failure> {
        let (entries, summaries, reads) = (Entries::of(plan), Summaries::of(plan), Reads::of(plan));
        let (entries, summaries, reads) = (entries.params(), summaries.params(), reads.params());
        let (inserted, summarized, noted, committed) = join4(
            self.client.execute(&self.insert, &entries),
            self.client.execute(&self.summarize, &summaries),
            self.client.execute(&self.note_read, &reads),
            self.client.batch_execute("commit"),
        )
        .await;
        inserted?;
        summarized?;
        noted?;
        committed?;
        Ok(())
    }
}

/// The columns of the entries to insert.
struct Entries<'a> {
    organizations: Vec<Uuid>,
    conversations: Vec<Uuid>,
    seqs: Vec<i64>,
    ids: Vec<Uuid>,
    sender_kinds: Vec<&'static str>,
    senders: Vec<Uuid>,
    client_ids: Vec<&'a str>,
    ats: Vec<SystemTime>,
    contents: Vec<Json<&'a Content>>,
}

impl<'a> Entries<'a> {
    fn of(plan: &Plan<'a>) -> Self {
        let fresh = &plan.fresh;
        Self {
            organizations: fresh.iter().map(|(_, entry)| entry.organization.0).collect(),
            conversations: fresh.iter().map(|(_, entry)| entry.conversation.0).collect(),
            seqs: fresh.iter().map(|(seq, _)| number(*seq)).collect(),
            ids: fresh.iter().map(|(_, entry)| entry.id.0).collect(),
            sender_kinds: fresh.iter().map(|(_, entry)| entry.sender.kind.label()).collect(),
            senders: fresh.iter().map(|(_, entry)| entry.sender.id.0).collect(),
            client_ids: fresh.iter().map(|(_, entry)| entry.client_id.as_str()).collect(),
            ats: fresh.iter().map(|(_, entry)| timestamp(entry.at)).collect(),
            contents: fresh.iter().map(|(_, entry)| Json(&entry.content)).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.organizations,
            &self.conversations,
            &self.seqs,
            &self.ids,
            &self.sender_kinds,
            &self.senders,
            &self.client_ids,
            &self.ats,
            &self.contents,
        ]
    }
}

/// The columns of the summaries to write.
struct Summaries<'a> {
    organizations: Vec<Uuid>,
    conversations: Vec<Uuid>,
    statuses: Vec<&'static str>,
    heads: Vec<i64>,
    preview_froms: Vec<Option<&'static str>>,
    preview_texts: Vec<Option<&'a str>>,
    visitor_reads: Vec<i64>,
    agent_reads: Vec<i64>,
    updated_ats: Vec<SystemTime>,
}

impl<'a> Summaries<'a> {
    fn of(plan: &'a Plan<'_>) -> Self {
        let changed: Vec<(&Log, &State)> = plan.logs.iter().filter(|(_, state)| state.changed).collect();
        let summaries = || changed.iter().map(|(_, state)| &state.summary);
        Self {
            organizations: changed.iter().map(|((organization, _), _)| organization.0).collect(),
            conversations: changed.iter().map(|((_, conversation), _)| conversation.0).collect(),
            statuses: summaries().map(|summary| summary.status.label()).collect(),
            heads: summaries().map(|summary| number(summary.head)).collect(),
            preview_froms: summaries().map(|summary| summary.preview.as_ref().map(|p| p.from.label())).collect(),
            preview_texts: summaries().map(|summary| summary.preview.as_ref().map(|p| p.text.as_str())).collect(),
            visitor_reads: summaries().map(|summary| number(summary.visitor_read)).collect(),
            agent_reads: summaries().map(|summary| number(summary.agent_read)).collect(),
            updated_ats: summaries().map(|summary| timestamp(summary.updated_at)).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.organizations,
            &self.conversations,
            &self.statuses,
            &self.heads,
            &self.preview_froms,
            &self.preview_texts,
            &self.visitor_reads,
            &self.agent_reads,
            &self.updated_ats,
        ]
    }
}

/// The columns of the read receipts to write.
struct Reads {
    organizations: Vec<Uuid>,
    conversations: Vec<Uuid>,
    participants: Vec<Uuid>,
    kinds: Vec<&'static str>,
    seqs: Vec<i64>,
}

impl Reads {
    fn of(plan: &Plan<'_>) -> Self {
        let keys = || plan.read.keys();
        Self {
            organizations: keys().map(|((organization, _), _)| organization.0).collect(),
            conversations: keys().map(|((_, conversation), _)| conversation.0).collect(),
            participants: keys().map(|(_, participant)| participant.0).collect(),
            kinds: plan.read.values().map(|(kind, _)| kind.label()).collect(),
            seqs: plan.read.values().map(|(_, seq)| number(*seq)).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 5] {
        [&self.organizations, &self.conversations, &self.participants, &self.kinds, &self.seqs]
    }
}

fn log(write: &Write) -> Log {
    match write {
        Write::Entry(entry) => (entry.organization, entry.conversation),
        Write::Read(read) => (read.organization, read.conversation),
    }
}

fn locked_log(row: &Row) -> Result<(Log, Summary), StorageError> {
    let summary = summary(row)?;
    let organization = OrganizationId(row.try_get(LOCK_ORGANIZATION)?);
    Ok(((organization, summary.conversation), summary))
}

fn stored_place<'a>(keys: &[Key<'a>], row: &Row) -> Result<(Key<'a>, Place), StorageError> {
    let place: i64 = row.try_get(0)?;
    let key = usize::try_from(place - 1).ok().and_then(|index| keys.get(index));
    let key = key.ok_or_else(|| StorageError::Fault(format!("there is no key {place}")))?;
    Ok((*key, Place { seq: seq(row, 1)?, id: EntryId(row.try_get(2)?), at: millis(row.try_get(3)?) }))
}

fn number(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
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

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Retry(error.to_string())
    }
}
