//! What a client is told when it comes back: conversations as they stand, who has read how far, and what it missed of
//! their logs. One statement, whatever is asked for.

use std::time::SystemTime;

use protocol::id::{ConversationId, EntryId, OrganizationId, ParticipantId};
use protocol::limit;
use protocol::value::{Content, Entry, Participant, ParticipantKind, ReadReceipt, Seq, Summary};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use crate::conversation::{summary, summary_columns, visitor_of_conversation};
use crate::entry::{ENTRY_OVERHEAD_BYTES, LogPage, PAGE_BYTES};
use crate::error::StorageError;
use crate::label::Label;
use crate::pool::Storage;
use crate::time::millis;
use crate::together::{Question, Together};
use crate::widget_session::{Create, Resume};

/// Which entries a replay begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstPage {
    /// For a client whose cursor is no place in the log: from so many before its head on.
    pub newest: u32,
    /// Most entries; they hold about [`PAGE_BYTES`] of text besides.
    pub most: u32,
}

/// A conversation that somebody comes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// As it stands.
    pub summary: Summary,
    /// How far everybody has read, each with their current name.
    pub read: Vec<ReadReceipt>,
    /// The first page after the cursor, if it was asked for: as of the same moment.
    pub page: Option<LogPage>,
}

/// `$2` the conversations and `$3` their cursors, `$4` the most receipts; `$5` says whether entries are wanted, `$6`
/// how far before the head they begin without a cursor, `$7` the most of them, `$8` their bytes and `$9` what each
/// counts beside its text. A page ends as those of [`Storage::entries_after`] do.
const REPLAYS: &str = concat!(
    "select ",
    summary_columns!(),
    ", r.kinds as read_kinds, r.ids as read_ids, r.names as read_names, r.seqs as read_seqs,
        e.ids as entry_ids, e.seqs as entry_seqs, e.kinds as entry_kinds, e.senders as entry_senders,
        e.names as entry_names, e.client_ids as entry_client_ids, e.times as entry_times, e.contents as entry_contents,
        e.seen as entries_seen, k.place as place
     from unnest($2::uuid[], $3::bigint[]) with ordinality as k(id, cursor, place)
     join conversations c on c.organization_id = $1 and c.id = k.id ",
    visitor_of_conversation!(),
    " cross join lateral (
         select coalesce(array_agg(p.kind order by p.place), '{}') as kinds,
             coalesce(array_agg(p.participant_id order by p.place), '{}') as ids,
             coalesce(array_agg(coalesce(m.name, reader.name) order by p.place), '{}') as names,
             coalesce(array_agg(p.last_read_seq order by p.place), '{}') as seqs
         from (
             select candidate.*, row_number() over (
                 order by kind = 'visitor' desc, last_read_seq desc, participant_id) as place
             from (
                 select 'visitor' as kind, c.visitor_id as participant_id, c.visitor_read_seq as last_read_seq
                 where c.visitor_read_seq > 0
                 union all
                 select 'agent', c.agent_read_id, c.agent_read_seq where c.agent_read_id is not null
                 union all
                 select kind, participant_id, last_read_seq from participants
                 where organization_id = $1 and conversation_id = c.id and kind = 'agent'
                     and participant_id is distinct from c.agent_read_id
             ) candidate
             order by place limit $4
         ) p
         left join members m on p.kind = 'agent'
             and m.organization_id = $1 and m.id = p.participant_id
         left join visitors reader on p.kind = 'visitor'
             and reader.organization_id = $1 and reader.id = p.participant_id
     ) r
     cross join lateral (
         select coalesce(array_agg(e.id order by e.seq), '{}') as ids,
             coalesce(array_agg(e.seq order by e.seq), '{}') as seqs,
             coalesce(array_agg(e.sender_kind order by e.seq), '{}') as kinds,
             coalesce(array_agg(e.sender_id order by e.seq), '{}') as senders,
             coalesce(array_agg(coalesce(m.name, writer.name) order by e.seq), '{}') as names,
             coalesce(array_agg(e.client_id order by e.seq), '{}') as client_ids,
             coalesce(array_agg(e.at order by e.seq), '{}') as times,
             coalesce(array_agg(e.content order by e.seq), '{}') as contents,
             coalesce(max(e.seen), 0) as seen
         from (
             select candidate.*, count(*) over () as seen, row_number() over log as place, sum(
                 octet_length(coalesce(content->>'text', content::text)) + $9::bigint
             ) over log as bytes
             from (
                 select * from entries
                 where $5::boolean and organization_id = $1 and conversation_id = c.id
                     and seq > case when k.cursor <= c.head_seq then k.cursor else c.head_seq - $6::bigint end
                 order by seq limit $7::bigint + 1
             ) candidate
             window log as (order by seq)
         ) e
         left join members m on e.sender_kind = 'agent'
             and m.organization_id = e.organization_id and m.id = e.sender_id
         left join visitors writer on e.sender_kind = 'visitor'
             and writer.organization_id = e.organization_id and writer.id = e.sender_id
         where e.place = 1 or (e.place <= $7::bigint and e.bytes <= $8::bigint)
     ) e"
);

impl Storage {
    /// Conversations as they stand, each with the cursor that a client has of its log, if it has one; those that are not
    /// there are left out. With a `page`, each with the first page of its replay: as much as that for each of them.
    ///
    /// # Errors
    /// As every query.
    pub async fn replays(
        &self,
        organization: OrganizationId,
        logs: &[(ConversationId, Option<Seq>)],
        page: Option<FirstPage>,
    ) -> Result<Vec<Replayed>, StorageError> {
        let rows = self.replay_rows(organization, logs, page).await?;
        rows.iter().map(|row| replayed(row, page.is_some())).collect()
    }

    /// One of them, with the first page of its replay. Those that are asked for at once are read together.
    ///
    /// # Errors
    /// As every query.
    pub async fn replay(
        &self,
        organization: OrganizationId,
        log: (ConversationId, Option<Seq>),
        page: FirstPage,
    ) -> Result<Option<Replayed>, StorageError> {
        self.comings.replayed.ask(self, organization, Replay { log, page }).await
    }

    async fn replay_rows(
        &self,
        organization: OrganizationId,
        logs: &[(ConversationId, Option<Seq>)],
        page: Option<FirstPage>,
    ) -> Result<Vec<Row>, StorageError> {
        let cursor = |cursor: &Option<Seq>| cursor.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let (ids, cursors): (Vec<Uuid>, Vec<Option<i64>>) = logs.iter().map(|(id, at)| (id.0, cursor(at))).unzip();
        let FirstPage { newest, most } = page.unwrap_or(FirstPage { newest: 0, most: 0 });
        let receipts = i64::from(limit::PAGE_READ_MARKS);
        let (bytes, overhead) = (PAGE_BYTES as i64, ENTRY_OVERHEAD_BYTES as i64);
        let params: [&(dyn ToSql + Sync); 9] = [
            &organization.0,
            &ids,
            &cursors,
            &receipts,
            &page.is_some(),
            &i64::from(newest),
            &i64::from(most),
            &bytes,
            &overhead,
        ];
        self.query_keys(organization, REPLAYS, &params).await
    }
}

/// What those ask who come to an organization's widget: each kind is answered together.
#[derive(Clone, Default)]
pub(crate) struct Comings {
    pub(crate) created: Together<Create>,
    pub(crate) resumed: Together<Resume>,
    replayed: Together<Replay>,
}

/// A replay's first page.
#[derive(Clone, Copy, Debug)]
struct Replay {
    log: (ConversationId, Option<Seq>),
    page: FirstPage,
}

impl Question for Replay {
    type Answer = Option<Replayed>;

    /// Their pages are in memory together: some MiB at worst.
    const MOST: usize = 50;

    async fn ask(
        storage: &Storage,
        organization: OrganizationId,
        questions: &[Self],
    ) -> Result<Vec<Option<Replayed>>, StorageError> {
        let mut answers = vec![None; questions.len()];
        let mut left: Vec<usize> = (0..questions.len()).collect();
        // Everybody asks for pages of one size, mostly.
        while let Some(page) = left.first().map(|first| questions[*first].page) {
            let (alike, others) = left.into_iter().partition(|index| questions[*index].page == page);
            left = others;
            let alike: Vec<usize> = alike;
            let logs: Vec<_> = alike.iter().map(|index| questions[*index].log).collect();
            for row in storage.replay_rows(organization, &logs, Some(page)).await? {
                let place: i64 = row.try_get("place")?;
                let asked = usize::try_from(place - 1).ok().and_then(|place| alike.get(place));
                if let Some(answer) = asked.and_then(|index| answers.get_mut(*index)) {
                    *answer = Some(replayed(&row, true)?);
                }
            }
        }
        Ok(answers)
    }
}

fn replayed(row: &Row, with_page: bool) -> Result<Replayed, StorageError> {
    let summary = summary(row)?;
    let page = if with_page { Some(log_page(row, summary.conversation)?) } else { None };
    Ok(Replayed { read: receipts(row)?, page, summary })
}

fn receipts(row: &Row) -> Result<Vec<ReadReceipt>, StorageError> {
    let readers = participants(row.try_get("read_kinds")?, row.try_get("read_ids")?, row.try_get("read_names")?);
    let seqs: Vec<i64> = row.try_get("read_seqs")?;
    readers
        .zip(seqs)
        .map(|(participant, seq)| Ok(ReadReceipt { participant: participant?, seq: place(seq)? }))
        .collect()
}

fn log_page(row: &Row, conversation: ConversationId) -> Result<LogPage, StorageError> {
    let senders = participants(row.try_get("entry_kinds")?, row.try_get("entry_senders")?, row.try_get("entry_names")?);
    let (ids, seqs): (Vec<Uuid>, Vec<i64>) = (row.try_get("entry_ids")?, row.try_get("entry_seqs")?);
    let (client_ids, times): (Vec<String>, Vec<SystemTime>) =
        (row.try_get("entry_client_ids")?, row.try_get("entry_times")?);
    let contents: Vec<Json<Content>> = row.try_get("entry_contents")?;
    let columns = ids.into_iter().zip(seqs).zip(senders).zip(client_ids).zip(times).zip(contents);
    let entries = columns.map(|(((((id, seq), sender), client_id), at), content)| {
        Ok(Entry {
            conversation,
            id: EntryId(id),
            seq: Some(place(seq)?),
            sender: sender?,
            client_id,
            at: millis(at),
            content: content.0,
        })
    });
    let entries = entries.collect::<Result<Vec<_>, StorageError>>()?;
    let seen: i64 = row.try_get("entries_seen")?;
    Ok(LogPage { more: usize::try_from(seen).unwrap_or(0) > entries.len(), entries })
}

fn participants(
    kinds: Vec<&str>,
    ids: Vec<Uuid>,
    names: Vec<Option<String>>,
) -> impl Iterator<Item = Result<Participant, StorageError>> {
    let columns = kinds.into_iter().zip(ids).zip(names);
    columns
        .map(|((kind, id), name)| Ok(Participant { kind: ParticipantKind::read(kind)?, id: ParticipantId(id), name }))
}

fn place(seq: i64) -> Result<Seq, StorageError> {
    Seq::try_from(seq).map_err(|_| StorageError::Fault(format!("a row holds the seq {seq}")))
}
