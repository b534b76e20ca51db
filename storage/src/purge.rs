//! Deleting an organization: from one moment on nobody gets in, and what it has goes batch by batch. Whoever is stopped
//! in between goes on where they were: what is left tells it.

use deadpool_postgres::{Object, Transaction};
use protocol::id::OrganizationId;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::error::StorageError;
use crate::maintenance::{CONVERSATIONS, Gone, ROWS, announce, delete_conversations, fitting};
use crate::pool::{Storage, begin, give_back};

/// Most members that go in one transaction, each with a statement for their account.
const MEMBERS: i64 = 100;

const MARK: &str = "update organizations set deleted_at = now() where id = $1 and deleted_at is null returning id";

const LOCK_CONVERSATIONS: &str =
    "select id, head_seq from conversations where organization_id = $1 order by id limit $2 for update";

/// What hangs on nothing else, a batch of `$2` at a time, each behind what hangs on it.
const ROWS_OF: [&str; 10] = [
    "delete from page_views p using (
         select visitor_id, at, id from page_views where organization_id = $1 limit $2
     ) old where p.organization_id = $1 and p.visitor_id = old.visitor_id and p.at = old.at and p.id = old.id",
    "delete from events e using (
         select visitor_id, at, id from events where organization_id = $1 limit $2
     ) old where e.organization_id = $1 and e.visitor_id = old.visitor_id and e.at = old.at and e.id = old.id",
    "delete from widget_sessions where organization_id = $1 and id in (
         select id from widget_sessions where organization_id = $1 limit $2)",
    "delete from visitors v where v.organization_id = $1 and v.id in (
         select id from visitors where organization_id = $1 limit $2)
     and not exists (select from conversations c where c.organization_id = $1 and c.visitor_id = v.id)",
    "delete from rejected_entries where organization_id = $1 and id in (
         select id from rejected_entries where organization_id = $1 limit $2)",
    "delete from search_queue where organization_id = $1 and id in (
         select id from search_queue where organization_id = $1 limit $2)",
    "delete from conversation_counts where organization_id = $1
         and (slot, status, assignee_id, department_id) in (
             select slot, status, assignee_id, department_id from conversation_counts where organization_id = $1 limit $2)",
    "delete from rating_counts where organization_id = $1 and (slot, score) in (
         select slot, score from rating_counts where organization_id = $1 limit $2)",
    "delete from member_sessions where organization_id = $1 and token_hash in (
         select token_hash from member_sessions where organization_id = $1 limit $2)",
    "delete from department_members where organization_id = $1 and (department_id, member_id) in (
         select department_id, member_id from department_members where organization_id = $1 limit $2)",
];

/// Behind the lock on its row nothing new can be made for it. What is left by then is few: settings and departments.
const DELETE: &str = "delete from organizations o where o.id = $1
    and not exists (select from conversations where organization_id = $1)
    and not exists (select from visitors where organization_id = $1)
    and not exists (select from members where organization_id = $1)";

impl Storage {
    /// Deletes an organization: nobody gets in from now on, and gateways close the sockets of those who are in. What it
    /// has goes by [`Self::purge`]. Says whether there was such a one.
    ///
    /// # Errors
    /// As every query.
    pub async fn delete_organization(&self, organization: OrganizationId) -> Result<bool, StorageError> {
        let mut client = self.maintenance().await?;
        let marked = mark(&mut client, organization).await;
        give_back(client, marked)
    }

    /// Organizations that are deleted and of which something is left, at most `limit`.
    ///
    /// # Errors
    /// As every query.
    pub async fn deleted_organizations(&self, limit: u32) -> Result<Vec<OrganizationId>, StorageError> {
        let sql = "select id from organizations where deleted_at is not null order by deleted_at, id limit $1";
        let rows = self.look_up_all(sql, &[&i64::from(limit)]).await?;
        rows.iter().map(|row| Ok(OrganizationId(row.try_get(0)?))).collect()
    }

    /// Removes a batch of what a deleted organization has, in the end itself: whether there may be more. Nothing happens
    /// to one that is not deleted. Files go as all do whose rows are gone.
    ///
    /// # Errors
    /// As every query. To be tried again.
    pub async fn purge(&self, organization: OrganizationId) -> Result<bool, StorageError> {
        let mut client = self.maintenance().await?;
        let more = purge(&mut client, organization).await;
        give_back(client, more)
    }
}

async fn mark(client: &mut Object, organization: OrganizationId) -> Result<bool, StorageError> {
    let transaction = begin(client, organization).await?;
    let there = transaction.query_opt(MARK, &[&organization.0]).await?.is_some();
    if there {
        announce(&transaction, &Gone::Organization(organization)).await?;
    }
    transaction.commit().await?;
    Ok(there)
}

async fn purge(client: &mut Object, organization: OrganizationId) -> Result<bool, StorageError> {
    let transaction = begin(client, organization).await?;
    let sql = "select from organizations where id = $1 and deleted_at is not null";
    if transaction.query_opt(sql, &[&organization.0]).await?.is_none() {
        return Ok(false);
    }
    // Again with each turn: a gateway that heard nothing when it was marked has its sockets open.
    announce(&transaction, &Gone::Organization(organization)).await?;
    let rows = transaction.query(LOCK_CONVERSATIONS, &[&organization.0, &CONVERSATIONS]).await?;
    let chosen = fitting(&rows)?;
    if chosen.is_empty() {
        rest(transaction, organization).await
    } else {
        delete_conversations(&transaction, organization, &chosen).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// What is left once there are no conversations.
async fn rest(mut transaction: Transaction<'_>, organization: OrganizationId) -> Result<bool, StorageError> {
    let mut gone = 0;
    for sql in ROWS_OF {
        gone += transaction.execute(&transaction.prepare_cached(sql).await?, &[&organization.0, &ROWS]).await?;
        if gone >= ROWS as u64 {
            break;
        }
    }
    if gone == 0 {
        gone = members(&mut transaction, organization).await?;
    }
    let mut more = gone > 0;
    if !more {
        transaction.query_opt("select from organizations where id = $1 for update", &[&organization.0]).await?;
        more = transaction.execute(DELETE, &[&organization.0]).await? == 0;
    }
    transaction.commit().await?;
    Ok(more)
}

/// Removes a batch of members, and the accounts of those who are no one's members now: how many members.
async fn members(transaction: &mut Transaction<'_>, organization: OrganizationId) -> Result<u64, StorageError> {
    let sql = "delete from members where organization_id = $1 and id in (
            select id from members where organization_id = $1 limit $2)
        returning account_id";
    let rows = transaction.query(sql, &[&organization.0, &MEMBERS]).await?;
    for row in &rows {
        let account: Uuid = row.try_get(0)?;
        let savepoint = transaction.savepoint("account").await?;
        match savepoint.execute("delete from accounts where id = $1", &[&account]).await {
            Ok(_) => savepoint.commit().await?,
            // A member of another organization, of which this role must not know: they keep their login.
            Err(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => savepoint.rollback().await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(rows.len() as u64)
}
