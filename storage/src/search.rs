//! Finding entries by their words.
//!
//! Three steps. What was typed becomes Postgres' words, in the organization's language. A role that sees nothing but
//! words, keys and times finds out which entries have them: the organization's id is one of the words, so that one index
//! finds the entries of this organization only. Then those entries are read like any others, by a request that sees its
//! own organization's rows alone: a mistake in the second step would show nobody anything.

use std::time::SystemTime;

use protocol::id::{ConversationId, OrganizationId, VisitorId};
use protocol::value::{ConversationStatus, SearchHit, SearchPlace, Seq, VisitorSummary};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use crate::conversation::{participant, seq};
use crate::error::StorageError;
use crate::label::Label;
use crate::place::{self, cut, one_more};
use crate::pool::Storage;
use crate::time::millis;
pub use index::Indexer;
pub use language::UnknownLanguage;
use query::Understood;

mod index;
mod language;
mod query;
mod snippet;

/// A language that entries can be searched with: read it from its English name in small letters, or `simple`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchLanguage(&'static str);

/// Run as the role that sees words.
const FIND: &str = "select at, conversation_id, seq from entry_search
    where organization_id = $1 and words @@ $2::text::tsquery
        and (at, conversation_id, seq) < ($3, $4, $5)
    order by at desc, conversation_id desc, seq desc limit $6";

/// Marks what was found, in the language if all of it is found that way, or else as the words stand.
const READ: &str = "select e.at, e.conversation_id, e.seq, c.status, v.id, v.name, v.email, v.verified, e.sender_kind,
        e.sender_id, coalesce(m.name, s.name), e.content -> 'kind',
        case when strpos(inflected.marked, chr(1)) > 0 then inflected.marked
            else ts_headline('simple', searched.text, $6::text::tsquery, $7) end
    from unnest($2::uuid[], $3::bigint[]) with ordinality as found(conversation_id, seq, place)
    join entries e on e.organization_id = $1 and e.conversation_id = found.conversation_id and e.seq = found.seq
    join conversations c on c.organization_id = e.organization_id and c.id = e.conversation_id
    join visitors v on v.organization_id = c.organization_id and v.id = c.visitor_id
    left join members m on e.sender_kind = 'agent' and m.organization_id = e.organization_id and m.id = e.sender_id
    left join visitors s on e.sender_kind = 'visitor' and s.organization_id = e.organization_id and s.id = e.sender_id
    cross join lateral (select chatdesk_searched(chatdesk_entry_text(e.content)) as text offset 0) searched
    cross join lateral (
        select ts_headline($4::text::regconfig, searched.text, $5::text::tsquery, $7) as marked offset 0
    ) inflected
    where searched.text is not null
    order by found.place";

impl Storage {
    /// A page of the entries with the words of a query, newest first, and whether there are more after it. Entries are
    /// found by the text of a message or note, by the name of a file, and by what was said with a rating, a moment after
    /// they were stored.
    ///
    /// All words must be there, in any form that the organization's language gives them; words in quotes must stand just
    /// so; a word or quotes after `-` must not be there; the last word may be the beginning of one. Any text is a query:
    /// one that asks for nothing finds nothing.
    ///
    /// # Errors
    /// As every query.
    pub async fn search_entries(
        &self,
        organization: OrganizationId,
        query: &str,
        after: Option<SearchPlace>,
        limit: u32,
    ) -> Result<(Vec<SearchHit>, bool), StorageError> {
        let Some(understood) = self.understand(organization, query).await? else { return Ok((Vec::new(), false)) };
        let words = format!("'@{organization}' & {}", understood.all);
        let mut after = after;
        loop {
            let (at, conversation, seq) = after_place(after);
            let params: [&(dyn ToSql + Sync); 6] =
                [&organization.0, &words, &at, &conversation, &seq, &one_more(limit)];
            let rows = self.find_by_words(FIND, &params).await?;
            let (rows, more) = cut(&rows, limit);
            let found = rows.iter().map(found_place).collect::<Result<Vec<_>, _>>()?;
            let hits = self.read_found(organization, &understood, &found).await?;
            // All of a page may be gone since: then it is the next one that tells where to go on.
            if !hits.is_empty() || !more {
                return Ok((hits, more));
            }
            after = found.last().copied();
        }
    }

    async fn understand(&self, organization: OrganizationId, query: &str) -> Result<Option<Understood>, StorageError> {
        let terms = query::terms(query);
        if terms.is_empty() {
            return Ok(None);
        }
        let (texts, kinds) = query::columns(&terms);
        let rows = self.query(organization, query::UNDERSTAND, &[&organization.0, &texts, &kinds]).await?;
        query::understood(&terms, &rows)
    }

    async fn read_found(
        &self,
        organization: OrganizationId,
        understood: &Understood,
        found: &[SearchPlace],
    ) -> Result<Vec<SearchHit>, StorageError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let conversations: Vec<Uuid> = found.iter().map(|place| place.conversation.0).collect();
        let seqs: Vec<i64> = found.iter().map(|place| number(place.seq)).collect();
        let params: [&(dyn ToSql + Sync); 7] = [
            &organization.0,
            &conversations,
            &seqs,
            &understood.language,
            &understood.wanted,
            &understood.any,
            &snippet::HEADLINE,
        ];
        self.query(organization, READ, &params).await?.iter().map(hit).collect()
    }
}

fn after_place(after: Option<SearchPlace>) -> (SystemTime, Uuid, i64) {
    let (at, conversation) = place::after(after.map(|place| (place.at, place.conversation.0)));
    (at, conversation, after.map_or(i64::MAX, |place| number(place.seq)))
}

/// What a client claims to have seen may be any number.
fn number(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn found_place(row: &Row) -> Result<SearchPlace, StorageError> {
    Ok(SearchPlace { at: millis(row.try_get(0)?), conversation: ConversationId(row.try_get(1)?), seq: seq(row, 2)? })
}

fn hit(row: &Row) -> Result<SearchHit, StorageError> {
    let place = found_place(row)?;
    let kind: Json<_> = row.try_get(11)?;
    Ok(SearchHit {
        conversation: place.conversation,
        visitor: VisitorSummary {
            id: VisitorId(row.try_get(4)?),
            name: row.try_get(5)?,
            email: row.try_get(6)?,
            verified: row.try_get(7)?,
        },
        status: ConversationStatus::read(row.try_get(3)?)?,
        seq: place.seq,
        at: place.at,
        sender: participant(row, 8)?,
        kind: kind.0,
        snippet: snippet::parts(row.try_get(12)?),
    })
}
