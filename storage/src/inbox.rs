//! Lists of conversations: an organization's, a visitor's, and what has changed in one that somebody holds.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, SystemTime};

use protocol::id::{ConversationId, OrganizationId, VisitorId};
use protocol::value::{ConversationStatus, Known, Millis, Seq, Summary};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::conversation::{summary, summary_columns, visitor_of_conversation};
use crate::error::StorageError;
use crate::label::Label;
use crate::place::{self, cut, one_more};
use crate::pool::Storage;
pub use filter::InboxFilter;

mod filter;

/// A place in the inbox: `updated_at` and id of the last conversation of a page.
pub type InboxPlace = (Millis, ConversationId);

/// What has changed in a list of conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// As they stand now, those that were updated first before the others.
    pub changed: Vec<Summary>,
    /// Known ones that are not there, or are another organization's.
    pub gone: Vec<ConversationId>,
    /// Whether there are more changed ones.
    pub more: bool,
}

/// How much time the indexes' `listed_at` stands for: what was updated within it is sorted when a list is read, so that a
/// message does not move its conversation in them each time.
const LISTED: Duration = Duration::from_secs(60);

/// A visitor has few: they are found by the key that begins with the visitor, and sorted.
const OF_VISITOR: &str = concat!(
    "select ",
    summary_columns!(),
    " from conversations c ",
    visitor_of_conversation!(),
    " where c.organization_id = $1 and c.visitor_id = $6 and c.status = any($2)
          and (c.updated_at, c.id) < ($3, $4)
      order by c.updated_at desc, c.id desc limit $5"
);

/// Of the known ones (`$2`, with their heads `$3` and agents' read marks `$4`) those that differ, and with a place (`$5`,
/// `$6`) those behind it that are not known, from the index: no statuses (`$7`), no such search. What was updated after a
/// time is listed after it less [`LISTED`] (`$9`).
const CHANGED: &str = concat!(
    "with changed as (
         select c.* from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as known(id, head_seq, agent_read_seq)
         join conversations c on c.organization_id = $1 and c.id = known.id
         where c.head_seq <> known.head_seq or c.agent_read_seq <> known.agent_read_seq
         union all
         select fresh.* from unnest($7::text[]) as wanted(status)
         cross join lateral (
             select * from conversations
             where organization_id = $1 and status = wanted.status
                 and listed_at > $9 and (updated_at, id) > ($5::timestamptz, $6::uuid) and id <> all($2::uuid[])
             order by listed_at, updated_at, id limit $8
         ) fresh
     )
     select ",
    summary_columns!(),
    " from changed c ",
    visitor_of_conversation!(),
    " order by c.updated_at, c.id limit $8"
);

const THERE: &str = "select id from conversations where organization_id = $1 and id = any($2)";

impl Storage {
    /// A page of the inbox, newest first, and whether there are more after it.
    ///
    /// # Errors
    /// As every query.
    pub async fn inbox(
        &self,
        organization: OrganizationId,
        filter: &InboxFilter,
        after: Option<InboxPlace>,
        limit: u32,
    ) -> Result<(Vec<Summary>, bool), StorageError> {
        let (statuses, (updated_at, id), most) = (labels(filter.status), after_place(after), one_more(limit));
        let (sql, more) = filter.statement();
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![&organization.0, &statuses, &updated_at, &id, &most];
        params.extend(more);
        page(&self.query(organization, &sql, &params).await?, limit)
    }

    /// A page of a visitor's conversations, newest first, and whether there are more after it.
    ///
    /// # Errors
    /// As every query.
    pub async fn conversations_of(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
        status: Option<ConversationStatus>,
        after: Option<InboxPlace>,
        limit: u32,
    ) -> Result<(Vec<Summary>, bool), StorageError> {
        let (statuses, (updated_at, id)) = (labels(status), after_place(after));
        let params: [&(dyn ToSql + Sync); 6] =
            [&organization.0, &statuses, &updated_at, &id, &one_more(limit), &visitor.0];
        page(&self.query(organization, OF_VISITOR, &params).await?, limit)
    }

    /// What has changed in a list: of the `known` conversations those whose head or agents' read mark is another now,
    /// and with `newest` those behind that place that are not known; at most `limit`.
    ///
    /// Whoever asks again with what they learnt comes to an end, unless changes come faster than they ask.
    ///
    /// # Errors
    /// As every query.
    pub async fn inbox_changes(
        &self,
        organization: OrganizationId,
        known: &[Known],
        newest: Option<InboxPlace>,
        limit: u32,
    ) -> Result<Changes, StorageError> {
        // Named twice, a conversation would come twice: the last one counts.
        let known: BTreeMap<Uuid, &Known> = known.iter().map(|known| (known.conversation.0, known)).collect();
        let ids: Vec<Uuid> = known.keys().copied().collect();
        let heads: Vec<i64> = known.values().map(|known| number(known.head)).collect();
        let reads: Vec<i64> = known.values().map(|known| number(known.agent_read)).collect();
        let statuses = newest.map_or_else(Vec::new, |_| labels(None));
        // Without a place no status is asked for, and whatever stands for it is not looked at.
        let (updated_at, id) = after_place(newest);
        let listed_at = updated_at.checked_sub(LISTED).unwrap_or(SystemTime::UNIX_EPOCH);
        let params: [&(dyn ToSql + Sync); 9] =
            [&organization.0, &ids, &heads, &reads, &updated_at, &id, &statuses, &one_more(limit), &listed_at];
        let (changed, more) = page(&self.query(organization, CHANGED, &params).await?, limit)?;
        let gone = if ids.is_empty() { vec![] } else { self.missing(organization, &ids).await? };
        Ok(Changes { changed, gone, more })
    }

    async fn missing(&self, organization: OrganizationId, ids: &[Uuid]) -> Result<Vec<ConversationId>, StorageError> {
        let rows = self.query(organization, THERE, &[&organization.0, &ids]).await?;
        let there: HashSet<Uuid> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        Ok(ids.iter().filter(|id| !there.contains(id)).map(|id| ConversationId(*id)).collect())
    }
}

fn labels(status: Option<ConversationStatus>) -> Vec<&'static str> {
    match status {
        Some(status) => vec![status.label()],
        None => ConversationStatus::LABELS.iter().map(|(_, label)| *label).collect(),
    }
}

fn after_place(place: Option<InboxPlace>) -> (SystemTime, Uuid) {
    place::after(place.map(|(at, id)| (at, id.0)))
}

/// What a client claims to know may be any number.
fn number(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn page(rows: &[Row], limit: u32) -> Result<(Vec<Summary>, bool), StorageError> {
    let (rows, more) = cut(rows, limit);
    Ok((rows.iter().map(summary).collect::<Result<_, _>>()?, more))
}
