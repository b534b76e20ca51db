//! What removes things runs in turns: one gateway at a time, an organization after the other, a bounded batch a
//! transaction. Its role may delete and anonymize, but within the transaction's organization only.

use deadpool_postgres::{Object, Transaction};
use protocol::id::{ConversationId, OrganizationId, VisitorId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::StorageError;
use crate::pool::{Storage, give_back};

/// Held by whoever has the turn. The number is "maintain" as eight bytes: advisory locks have no names.
const LOCK: i64 = i64::from_be_bytes(*b"maintain");
/// Most conversations that go in one transaction: what names them all must fit a notification's 8,000 bytes.
pub(crate) const CONVERSATIONS: i64 = 100;
/// About how many entries go with them: a log goes whole, so that one alone may be longer.
pub(crate) const ENTRIES: i64 = 5_000;
/// Most rows of anything else that go in one transaction.
pub(crate) const ROWS: i64 = 2_000;
/// The channel on which gateways hear of what went.
pub(crate) const GONE: &str = "chatdesk_gone";

/// What went, as every gateway is told: who looks at it there is to be told, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// An organization: nobody of it gets in any more.
    Organization(OrganizationId),
    /// A visitor's sessions.
    Sessions(OrganizationId, VisitorId),
    /// Conversations.
    Conversations(OrganizationId, Vec<ConversationId>),
    /// What a visitor had written in a conversation, which is still there.
    Content(OrganizationId, ConversationId),
}

/// The turn to maintain a database. It ends when this is dropped, or with its process.
pub struct Turn {
    client: Option<Object>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Out of the pool: the lock belongs to the connection.
        self.client.take().map(Object::take);
    }
}

impl Storage {
    /// The turn to maintain this database, unless another gateway has it.
    ///
    /// # Errors
    /// As every query.
    pub async fn take_turn(&self) -> Result<Option<Turn>, StorageError> {
        let client = self.maintenance().await?;
        let taken =
            async { Ok(client.query_one("select pg_try_advisory_lock($1)", &[&LOCK]).await?.try_get(0)?) }.await;
        match taken {
            Ok(true) => Ok(Some(Turn { client: Some(client) })),
            Ok(false) => Ok(None),
            Err(error) => give_back(client, Err(error)),
        }
    }

    /// The organizations that are there, by id from `after` on: at most `limit`.
    ///
    /// # Errors
    /// As every query.
    pub async fn organizations(
        &self,
        after: Option<OrganizationId>,
        limit: u32,
    ) -> Result<Vec<OrganizationId>, StorageError> {
        let sql = "select id from organizations where deleted_at is null and ($1::uuid is null or id > $1)
             order by id limit $2";
        let rows = self.look_up_all(sql, &[&after.map(|after| after.0), &i64::from(limit)]).await?;
        rows.iter().map(|row| Ok(OrganizationId(row.try_get(0)?))).collect()
    }
}

/// Tells every gateway what went, when the transaction commits.
pub(crate) async fn announce(transaction: &Transaction<'_>, gone: &Gone) -> Result<(), StorageError> {
    let payload = serde_json::to_string(gone).map_err(|error| StorageError::Fault(error.to_string()))?;
    transaction.execute("select pg_notify($1, $2)", &[&GONE, &payload]).await?;
    Ok(())
}

/// Removes conversations that the transaction has locked, with all that belongs to them, and tells of it.
///
/// Files are removed by a statement of their own, and not along with the conversations: what their trigger notes is to be
/// noted by this role, whichever version of Postgres it is.
pub(crate) async fn delete_conversations(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    conversations: &[Uuid],
) -> Result<(), StorageError> {
    for sql in [
        "delete from attachments where organization_id = $1 and conversation_id = any($2)",
        "delete from rejected_entries where organization_id = $1 and conversation_id = any($2)",
        "delete from conversations where organization_id = $1 and id = any($2)",
    ] {
        transaction.execute(&transaction.prepare_cached(sql).await?, &[&organization.0, &conversations]).await?;
    }
    let conversations = conversations.iter().copied().map(ConversationId).collect();
    announce(transaction, &Gone::Conversations(organization, conversations)).await
}

/// The first of some locked conversations, as many as go in one transaction: at least one.
pub(crate) fn fitting(rows: &[tokio_postgres::Row]) -> Result<Vec<Uuid>, StorageError> {
    let (mut chosen, mut entries) = (Vec::new(), 0);
    for row in rows {
        let head: i64 = row.try_get(1)?;
        entries += head;
        if !chosen.is_empty() && entries > ENTRIES {
            break;
        }
        chosen.push(row.try_get(0)?);
    }
    Ok(chosen)
}
