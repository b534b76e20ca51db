//! Reading logs, page by page.

use protocol::id::{ConversationId, EntryId, OrganizationId};
use protocol::value::{Content, Entry, Seq};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};

use crate::conversation::{participant, seq};
use crate::error::StorageError;
use crate::pool::Storage;
use crate::time::millis;

/// About how much text a page may hold, in bytes, so that it fits one frame whatever its entries hold.
pub const PAGE_BYTES: usize = 32 * 1024;
/// What an entry counts beside its text: ids, names and the rest, roughly.
pub(crate) const ENTRY_OVERHEAD_BYTES: usize = 300;

/// A part of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// Oldest first; each has its seq and its sender's current name.
    pub entries: Vec<Entry>,
    /// Whether there are more on the side that was asked for.
    pub more: bool,
}

/// A page's statement: `$3` is the seq to start from, `$4` the most entries, `$5` the bytes. One entry more than asked
/// for is looked at, to tell whether there is one. The page ends before the entry that would make it too large, unless
/// that is its first.
macro_rules! page {
    ($side:literal, $order:literal) => {
        concat!(
            "select e.id, e.seq, e.sender_kind, e.sender_id, coalesce(m.name, v.name), e.client_id, e.at, e.content,
                 e.seen
             from (
                 select candidate.*, count(*) over () as seen, row_number() over log as place, sum(
                     octet_length(coalesce(content->>'text', content::text)) + $6::bigint
                 ) over log as bytes
                 from (
                     select * from entries
                     where organization_id = $1 and conversation_id = $2 and seq ",
            $side,
            " $3 order by seq ",
            $order,
            " limit $4::bigint + 1
                 ) candidate
                 window log as (order by seq ",
            $order,
            ")
             ) e
             left join members m on e.sender_kind = 'agent'
                 and m.organization_id = e.organization_id and m.id = e.sender_id
             left join visitors v on e.sender_kind = 'visitor'
                 and v.organization_id = e.organization_id and v.id = e.sender_id
             where e.place = 1 or (e.place <= $4::bigint and e.bytes <= $5::bigint)
             order by e.seq"
        )
    };
}

impl Storage {
    /// The entries after `cursor`, oldest first: at most `limit`, and about [`PAGE_BYTES`] of text.
    ///
    /// # Errors
    /// As every query.
    pub async fn entries_after(
        &self,
        organization: OrganizationId,
        conversation: ConversationId,
        cursor: Seq,
        limit: u32,
    ) -> Result<LogPage, StorageError> {
        self.log_page(page!(">", "asc"), organization, conversation, cursor, limit).await
    }

    /// The newest entries before `before`, oldest first: at most `limit`, and about [`PAGE_BYTES`] of text.
    ///
    /// # Errors
    /// As every query.
    pub async fn entries_before(
        &self,
        organization: OrganizationId,
        conversation: ConversationId,
        before: Seq,
        limit: u32,
    ) -> Result<LogPage, StorageError> {
        self.log_page(page!("<", "desc"), organization, conversation, before, limit).await
    }

    async fn log_page(
        &self,
        sql: &str,
        organization: OrganizationId,
        conversation: ConversationId,
        from: Seq,
        limit: u32,
    ) -> Result<LogPage, StorageError> {
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let (bytes, overhead) = (PAGE_BYTES as i64, ENTRY_OVERHEAD_BYTES as i64);
        let params: [&(dyn ToSql + Sync); 6] =
            [&organization.0, &conversation.0, &from, &i64::from(limit), &bytes, &overhead];
        let rows = self.query(organization, sql, &params).await?;
        let seen: i64 = rows.first().map_or(Ok(0), |row| row.try_get(8))?;
        let entries = rows.iter().map(|row| entry(conversation, row)).collect::<Result<Vec<_>, _>>()?;
        Ok(LogPage { more: usize::try_from(seen).unwrap_or(0) > entries.len(), entries })
    }
}

fn entry(conversation: ConversationId, row: &Row) -> Result<Entry, StorageError> {
    let content: Json<Content> = row.try_get(7)?;
    Ok(Entry {
        conversation,
        id: EntryId(row.try_get(0)?),
        seq: Some(seq(row, 1)?),
        sender: participant(row, 2)?,
        client_id: row.try_get(5)?,
        at: millis(row.try_get(6)?),
        content: content.0,
    })
}
