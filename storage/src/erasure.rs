//! Erasing a contact: batch by batch, and again after a crash, until nothing of what they are and wrote is left.
//!
//! What was on its way when it began cannot slip through: a conversation's row is locked while its log is gone over, a
//! log that is gone takes no entries, and of an anonymized contact everything is looked at once more when some time has
//! passed.

use deadpool_postgres::{Object, Transaction};
use protocol::id::{ConversationId, OrganizationId, VisitorId};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::error::StorageError;
use crate::maintenance::{CONVERSATIONS, Gone, ROWS, announce, delete_conversations, fitting};
use crate::pool::{Storage, begin, give_back};

/// How a contact is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// Who they are and all that they wrote goes; their conversations stay, with what members wrote.
    Anonymize,
    /// They and their conversations go.
    Delete,
}

impl Erasure {
    fn label(self) -> &'static str {
        match self {
            Self::Anonymize => "anonymize",
            Self::Delete => "delete",
        }
    }

    fn read(text: &str) -> Self {
        if text == "delete" { Self::Delete } else { Self::Anonymize }
    }
}

/// Once delete, always delete: whoever asks for less later does not get back what is gone.
const BEGIN: &str = "update visitors set erase = case when erase = 'delete' then erase else $3 end, erase_since = now()
    where organization_id = $1 and id = $2 returning id";

const LOCK_CONVERSATIONS: &str = "select id, head_seq from conversations where organization_id = $1 and visitor_id = $2
    order by id limit $3 for update";

/// One that still holds something of theirs. With the strongest lock: whoever makes words of its entries waits as well.
const LOCK_WRITTEN: &str = "select c.id from conversations c where c.organization_id = $1 and c.visitor_id = $2 and (
        c.preview_from = 'visitor' or c.rating_comment is not null or c.answers <> '[]'
        or exists (select from attachments a where a.organization_id = c.organization_id and a.conversation_id = c.id
            and a.uploader_kind = 'visitor')
        or exists (select from entries e where e.organization_id = c.organization_id and e.conversation_id = c.id
            and e.sender_kind = 'visitor' and e.content <> '{\"kind\": \"hidden\"}'))
    order by c.id limit 1 for update";

const HIDE: &str = "update entries e set content = '{\"kind\": \"hidden\"}'
    where e.organization_id = $1 and e.conversation_id = $2 and e.seq in (
        select seq from entries where organization_id = $1 and conversation_id = $2 and sender_kind = 'visitor'
            and content <> '{\"kind\": \"hidden\"}' order by seq limit $3)
    returning e.seq";

const EMPTY: &str = "update conversations set answers = '[]', rating_comment = null,
        preview_text = case when preview_from = 'visitor' then null else preview_text end,
        preview_from = nullif(preview_from, 'visitor')
    where organization_id = $1 and id = $2";

/// Rows that are about nobody but the visitor, a batch at a time.
const OWN_ROWS: [&str; 4] = [
    "delete from page_views p using (
         select at, id from page_views where organization_id = $1 and visitor_id = $2 limit $3
     ) old where p.organization_id = $1 and p.visitor_id = $2 and p.at = old.at and p.id = old.id",
    "delete from events e using (
         select at, id from events where organization_id = $1 and visitor_id = $2 limit $3
     ) old where e.organization_id = $1 and e.visitor_id = $2 and e.at = old.at and e.id = old.id",
    "delete from rejected_entries where organization_id = $1 and id in (
         select id from rejected_entries where organization_id = $1 and sender_kind = 'visitor' and sender_id = $2
         limit $3)",
    "delete from widget_sessions where organization_id = $1 and id in (
         select id from widget_sessions where organization_id = $1 and visitor_id = $2 limit $3)",
];

/// Whoever makes words right now may have read entries as they were before: waits for them.
const WAIT_FOR_WORDS: &str = "select from search_queue where organization_id = $1
    and conversations && array(select id from conversations where organization_id = $1 and visitor_id = $2) for update";

const FORGET_WORDS: &str = "delete from entry_search s using entries e, conversations c
    where c.organization_id = $1 and c.visitor_id = $2
        and e.organization_id = c.organization_id and e.conversation_id = c.id and e.sender_kind = 'visitor'
        and s.organization_id = e.organization_id and s.conversation_id = e.conversation_id and s.seq = e.seq";

/// Verified by nobody any more: whoever the site vouches for next is somebody else.
const ANONYMIZE: &str = "update visitors set name = null, email = null, phone = null, external_id = null, verified = false,
        attributes = '{}'
    where organization_id = $1 and id = $2
        and (name, email, phone, external_id, verified, attributes) is distinct from (null, null, null, null, false, '{}')";

/// What was on its way when it began is stored by then, unless a gateway was cut off from Postgres for longer: what that
/// one still holds is erased when a turn finds it, for as long as turns look. See `WAIT_AGAIN`.
const SETTLE: &str = "update visitors set erase = null, erase_since = null
    where organization_id = $1 and id = $2 and erase_since < now() - interval '10 minutes'";

/// Somebody stored late, and may store more: nothing is settled before as long has passed without anything. What remains
/// is a gateway that was cut off, and stored nothing, all the time until it was settled: what it held then stays, until
/// the contact is erased again.
const WAIT_AGAIN: &str = "update visitors set erase_since = now()
    where organization_id = $1 and id = $2 and erase_since < now() - interval '10 minutes'";

/// Those of an anonymized visitor that agents are most likely to have before them.
const RENAMED: &str = "select id from conversations where organization_id = $1 and visitor_id = $2
    order by updated_at desc, id limit $3";
/// How many of them agents are told of at once; others show the name until their list is loaded anew.
const TOLD: i64 = 100;

/// Not along with their conversations, should there be a new one: see `delete_conversations`.
const DELETE: &str = "delete from visitors v where v.organization_id = $1 and v.id = $2
    and not exists (select from conversations c where c.organization_id = $1 and c.visitor_id = $2)";

impl Storage {
    /// Begins to erase a contact: from now on none of their sessions is in force, and gateways close their sockets. Says
    /// whether there is such a one. [`Self::erase`] does the rest.
    ///
    /// # Errors
    /// As every query.
    pub async fn begin_erasure(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
        how: Erasure,
    ) -> Result<bool, StorageError> {
        let mut client = self.maintenance().await?;
        let begun = begin_one(&mut client, organization, visitor, how).await;
        give_back(client, begun)
    }

    /// Contacts whose erasure was begun and has not ended: at most `limit`, by id from `after` on.
    ///
    /// # Errors
    /// As every query.
    pub async fn erasures(
        &self,
        organization: OrganizationId,
        after: Option<VisitorId>,
        limit: u32,
    ) -> Result<Vec<VisitorId>, StorageError> {
        let sql = "select id from visitors where organization_id = $1 and erase is not null
             and ($2::uuid is null or id > $2) order by id limit $3";
        let params: [&(dyn ToSql + Sync); 3] = [&organization.0, &after.map(|after| after.0), &i64::from(limit)];
        let rows = self.maintain(organization, sql, &params).await?;
        rows.iter().map(|row| Ok(VisitorId(row.try_get(0)?))).collect()
    }

    /// Goes on erasing a contact, by a batch: whether anything was left to do. Nothing happens to one whose erasure was
    /// not begun.
    ///
    /// # Errors
    /// As every query. To be tried again.
    pub async fn erase(&self, organization: OrganizationId, visitor: VisitorId) -> Result<bool, StorageError> {
        let mut client = self.maintenance().await?;
        let done = erase_one(&mut client, organization, visitor).await;
        give_back(client, done)
    }
}

async fn begin_one(
    client: &mut Object,
    organization: OrganizationId,
    visitor: VisitorId,
    how: Erasure,
) -> Result<bool, StorageError> {
    let transaction = begin(client, organization).await?;
    let params: [&(dyn ToSql + Sync); 3] = [&organization.0, &visitor.0, &how.label()];
    let there = transaction.query_opt(BEGIN, &params).await?.is_some();
    if there {
        let sql = "delete from widget_sessions where organization_id = $1 and visitor_id = $2";
        transaction.execute(sql, &[&organization.0, &visitor.0]).await?;
        announce(&transaction, &Gone::Sessions(organization, visitor)).await?;
    }
    transaction.commit().await?;
    Ok(there)
}

async fn erase_one(
    client: &mut Object,
    organization: OrganizationId,
    visitor: VisitorId,
) -> Result<bool, StorageError> {
    let transaction = begin(client, organization).await?;
    let sql = "select erase from visitors where organization_id = $1 and id = $2 and erase is not null";
    let Some(row) = transaction.query_opt(sql, &[&organization.0, &visitor.0]).await? else { return Ok(false) };
    let did = match Erasure::read(row.try_get(0)?) {
        Erasure::Anonymize => anonymize(&transaction, organization, visitor).await?,
        Erasure::Delete => delete(&transaction, organization, visitor).await?,
    };
    transaction.commit().await?;
    Ok(did)
}

async fn delete(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    visitor: VisitorId,
) -> Result<bool, StorageError> {
    let params: [&(dyn ToSql + Sync); 3] = [&organization.0, &visitor.0, &CONVERSATIONS];
    let chosen = fitting(&transaction.query(LOCK_CONVERSATIONS, &params).await?)?;
    if !chosen.is_empty() {
        delete_conversations(transaction, organization, &chosen).await?;
        return Ok(true);
    }
    if own_rows(transaction, organization, visitor).await? {
        return Ok(true);
    }
    // Nobody begins a conversation of theirs behind this lock.
    let lock = "select from visitors where organization_id = $1 and id = $2 for update";
    let owner: [&(dyn ToSql + Sync); 2] = [&organization.0, &visitor.0];
    transaction.query_opt(lock, &owner).await?;
    transaction.execute(DELETE, &owner).await?;
    Ok(true)
}

async fn anonymize(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    visitor: VisitorId,
) -> Result<bool, StorageError> {
    let owner: [&(dyn ToSql + Sync); 2] = [&organization.0, &visitor.0];
    if let Some(row) = transaction.query_opt(LOCK_WRITTEN, &owner).await? {
        empty(transaction, organization, row.try_get(0)?).await?;
        transaction.execute(WAIT_AGAIN, &owner).await?;
        return Ok(true);
    }
    if own_rows(transaction, organization, visitor).await? {
        transaction.execute(WAIT_AGAIN, &owner).await?;
        return Ok(true);
    }
    transaction.query(WAIT_FOR_WORDS, &owner).await?;
    let words = transaction.execute(FORGET_WORDS, &owner).await?;
    // Last, so that whoever goes on after a crash finds them by what they know.
    let named = transaction.execute(ANONYMIZE, &owner).await?;
    if named > 0 {
        // Told when they were emptied already, under the name that goes only now.
        for row in transaction.query(RENAMED, &[&organization.0, &visitor.0, &TOLD]).await? {
            announce(transaction, &Gone::Content(organization, ConversationId(row.try_get(0)?))).await?;
        }
    }
    // Again with each pass: a gateway that heard nothing when it began has their socket open, and they write on.
    announce(transaction, &Gone::Sessions(organization, visitor)).await?;
    transaction.execute(SETTLE, &owner).await?;
    Ok(words + named > 0)
}

/// Takes out of a conversation, whose row is locked, what its visitor wrote.
async fn empty(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    conversation: Uuid,
) -> Result<(), StorageError> {
    let log: [&(dyn ToSql + Sync); 2] = [&organization.0, &conversation];
    let hidden = transaction.query(HIDE, &[&organization.0, &conversation, &ROWS]).await?;
    let seqs: Vec<i64> = hidden.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, StorageError>>()?;
    let sql = "delete from entry_search where organization_id = $1 and conversation_id = $2 and seq = any($3)";
    transaction.execute(sql, &[&organization.0, &conversation, &seqs]).await?;
    let sql =
        "delete from attachments where organization_id = $1 and conversation_id = $2 and uploader_kind = 'visitor'";
    transaction.execute(sql, &log).await?;
    transaction.execute(EMPTY, &log).await?;
    announce(transaction, &Gone::Content(organization, ConversationId(conversation))).await
}

/// Removes a batch of the rows that are about nobody else: whether there were any.
async fn own_rows(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    visitor: VisitorId,
) -> Result<bool, StorageError> {
    let mut gone = 0;
    for sql in OWN_ROWS {
        gone += transaction.execute(sql, &[&organization.0, &visitor.0, &ROWS]).await?;
    }
    Ok(gone > 0)
}
