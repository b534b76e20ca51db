//! Which parts of logs are to be made found by their words, noted in the entries' own commit: an acknowledgement does
//! not wait for words, and none are forgotten.

use std::collections::BTreeMap;

use futures_util::future::OptionFuture;
use protocol::value::{Content, EntryKind, Seq};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use crate::writer::batch::{Log, Plan};

/// One row for each organization: all of its logs in this commit.
const NOTE: &str = "insert into search_queue (organization_id, id, conversations, first_seqs, last_seqs)
    select organization_id, id, array_agg(conversation_id), array_agg(first_seq), array_agg(last_seq)
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[])
        as k(organization_id, id, conversation_id, first_seq, last_seq)
    group by organization_id, id";

/// The prepared statement.
pub(super) struct Words {
    note: Statement,
}

impl Words {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        Ok(Self { note: client.prepare(NOTE).await? })
    }

    /// Notes the parts that the plan's new entries with words make, sent with the first poll; without any it sends
    /// nothing. Says whether there are any.
    pub(super) async fn note(&self, client: &Client, plan: &Plan<'_>) -> Result<bool, Error> {
        let mut parts: BTreeMap<Log, (Seq, Seq)> = BTreeMap::new();
        for (seq, entry) in plan.fresh.iter().filter(|(_, entry)| has_words(&entry.content)) {
            // An entry's seq is beyond those of its log that come before it in the batch.
            parts.entry((entry.organization, entry.conversation)).or_insert((*seq, *seq)).1 = *seq;
        }
        let number = |seq: Seq| i64::try_from(seq).unwrap_or(i64::MAX);
        let organizations: Vec<Uuid> = parts.keys().map(|(organization, _)| organization.0).collect();
        let mut ids: Vec<Uuid> = Vec::with_capacity(organizations.len());
        for (index, organization) in organizations.iter().enumerate() {
            let same = index.checked_sub(1).filter(|before| organizations[*before] == *organization);
            ids.push(same.map_or_else(Uuid::now_v7, |before| ids[before]));
        }
        let conversations: Vec<Uuid> = parts.keys().map(|(_, conversation)| conversation.0).collect();
        let firsts: Vec<i64> = parts.values().map(|(first, _)| number(*first)).collect();
        let lasts: Vec<i64> = parts.values().map(|(_, last)| number(*last)).collect();
        let params: [&(dyn ToSql + Sync); 5] = [&organizations, &ids, &conversations, &firsts, &lasts];
        let noted = OptionFuture::from((!parts.is_empty()).then(|| client.execute(&self.note, &params))).await;
        Ok(noted.transpose()?.is_some())
    }
}

/// Whether an entry is found by words: as `chatdesk_entry_text` has it.
fn has_words(content: &Content) -> bool {
    match content.kind {
        EntryKind::Text | EntryKind::Note | EntryKind::Attachment => true,
        EntryKind::Rating => content.rating.as_ref().is_some_and(|rating| rating.comment.is_some()),
        _ => false,
    }
}
