//! How long organizations keep what, and removing what has been kept long enough, batch by batch.

use deadpool_postgres::Object;
use protocol::id::{OrganizationId, VisitorId};
use protocol::value::Millis;
use serde::{Deserialize, Deserializer, Serialize};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::error::StorageError;
use crate::maintenance::{CONVERSATIONS, Gone, ROWS, announce, delete_conversations, fitting};
use crate::pool::{Storage, begin, give_back};
use crate::time::{millis, timestamp};

/// Most visitors that go in one transaction: their page views go with them.
const VISITORS: i64 = 200;

/// How long an organization keeps what. Nothing stands for: for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days after their last entry that resolved conversations are kept.
    #[serde(deserialize_with = "said")]
    pub conversations_days: Option<u32>,
    /// Days after they were last seen that visitors are kept who have no name, address or number and no conversation.
    #[serde(deserialize_with = "said")]
    pub visitors_days: Option<u32>,
    /// Days that page views are kept.
    #[serde(deserialize_with = "said")]
    pub page_views_days: Option<u32>,
    /// Days that tracked events are kept.
    #[serde(deserialize_with = "said")]
    pub events_days: Option<u32>,
}

/// What was left out is not what was set to nothing.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::deserialize(deserializer)
}

/// What goes by itself when its time is over. How long each is kept is read with every batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiring {
    /// Resolved conversations, with all that belongs to them.
    Conversations,
    /// Page views.
    PageViews,
    /// Tracked events.
    Events,
    /// Sessions of widgets that have ended.
    WidgetSessions,
    /// Logins that have ended.
    Logins,
    /// Entries that were set aside 30 days ago.
    RejectedEntries,
    /// Counts of conversations that have come to nothing.
    Counts,
    /// Counts of ratings that have.
    RatingCounts,
}

impl Expiring {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Conversations,
        Self::PageViews,
        Self::Events,
        Self::WidgetSessions,
        Self::Logins,
        Self::RejectedEntries,
        Self::Counts,
        Self::RatingCounts,
    ];

    /// The statement that removes a batch of `$2` of an organization's; conversations take more than one.
    fn sql(self) -> &'static str {
        match self {
            Self::Conversations => "",
            Self::PageViews => {
                "delete from page_views p using (
                     select visitor_id, at, id from page_views where organization_id = $1
                         and at < now() - make_interval(days => (select page_views_days from organizations where id = $1))
                     order by at limit $2
                 ) old
                 where p.organization_id = $1 and p.visitor_id = old.visitor_id and p.at = old.at and p.id = old.id"
            }
            Self::Events => {
                "delete from events e using (
                     select visitor_id, at, id from events where organization_id = $1
                         and at < now() - make_interval(days => (select events_days from organizations where id = $1))
                     order by at limit $2
                 ) old
                 where e.organization_id = $1 and e.visitor_id = old.visitor_id and e.at = old.at and e.id = old.id"
            }
            Self::WidgetSessions => {
                "delete from widget_sessions where organization_id = $1 and expires_at < now() and id in (
                     select id from widget_sessions where organization_id = $1 and expires_at < now()
                     order by expires_at limit $2)"
            }
            Self::Logins => {
                "delete from member_sessions where organization_id = $1 and expires_at < now() and token_hash in (
                     select token_hash from member_sessions where organization_id = $1 and expires_at < now()
                     order by expires_at limit $2)"
            }
            Self::RejectedEntries => {
                "delete from rejected_entries where organization_id = $1 and id in (
                     select id from rejected_entries
                     where organization_id = $1 and rejected_at < now() - interval '30 days' limit $2)"
            }
            Self::RatingCounts => {
                "delete from rating_counts where organization_id = $1 and count = 0 and (slot, score) in (
                     select slot, score from rating_counts where organization_id = $1 and count = 0 limit $2)"
            }
            // Whoever counts on meanwhile has made it another number, and the row stays.
            Self::Counts => {
                "delete from conversation_counts where organization_id = $1 and count = 0
                     and (slot, status, assignee_id, department_id) in (
                         select slot, status, assignee_id, department_id from conversation_counts
                         where organization_id = $1 and count = 0 limit $2)"
            }
        }
    }
}

/// Looked at again once it is locked: what was written to meanwhile is not old, and what is being written to is skipped.
const LOCK_OLD: &str = "select id, head_seq from conversations
    where organization_id = $1 and status = 'resolved'
        and listed_at < now() - make_interval(days => (select conversations_days from organizations where id = $1))
        and updated_at < now() - make_interval(days => (select conversations_days from organizations where id = $1))
    order by listed_at, updated_at, id limit $2 for update skip locked";

const LOCK_IDLE: &str = "select v.id, v.created_at from visitors v
    cross join lateral (
        select now() - make_interval(days => o.visitors_days) as at from organizations o where o.id = $1
    ) since
    where v.organization_id = $1 and v.words is null and not v.verified and v.created_at < since.at
        and ($2::timestamptz is null or v.created_at >= $2)
        and not exists (select from conversations c where c.organization_id = v.organization_id and c.visitor_id = v.id)
        and not exists (select from widget_sessions s where s.organization_id = v.organization_id and s.visitor_id = v.id
            and s.last_seen_at >= since.at)
        and not exists (select from page_views p where p.organization_id = v.organization_id and p.visitor_id = v.id
            and p.at >= since.at)
        and not exists (select from events e where e.organization_id = v.organization_id and e.visitor_id = v.id
            and e.at >= since.at)
    order by v.created_at, v.id limit $3 for update of v skip locked";

/// A statement of its own, behind the lock: whoever began a conversation before it is seen, and nobody can after.
const DELETE_IDLE: &str = "delete from visitors v where v.organization_id = $1 and v.id = any($2) and v.words is null
    and not exists (select from conversations c where c.organization_id = v.organization_id and c.visitor_id = v.id)
    returning v.id";

impl Storage {
    /// How long an organization keeps what; `None` when there is no such one.
    ///
    /// # Errors
    /// As every query.
    pub async fn retention(&self, organization: OrganizationId) -> Result<Option<Retention>, StorageError> {
        let sql = "select conversations_days, visitors_days, page_views_days, events_days from organizations
             where id = $1 and deleted_at is null";
        let Some(row) = self.query_opt(organization, sql, &[&organization.0]).await? else { return Ok(None) };
        let days = |column: usize| {
            let days: Option<i32> = row.try_get(column)?;
            // Between 1 and 36,500 by the table's checks.
            Ok::<_, StorageError>(days.and_then(|days| u32::try_from(days).ok()))
        };
        Ok(Some(Retention {
            conversations_days: days(0)?,
            visitors_days: days(1)?,
            page_views_days: days(2)?,
            events_days: days(3)?,
        }))
    }

    /// Sets how long an organization keeps what, and says whether there is such a one.
    ///
    /// # Errors
    /// `Fault` for days that are not from 1 to 36,500.
    pub async fn set_retention(
        &self,
        organization: OrganizationId,
        retention: &Retention,
    ) -> Result<bool, StorageError> {
        let sql = "update organizations set conversations_days = $2, visitors_days = $3, page_views_days = $4,
                 events_days = $5
             where id = $1 and deleted_at is null returning id";
        let days =
            [retention.conversations_days, retention.visitors_days, retention.page_views_days, retention.events_days]
                .map(|days| days.map(|days| i32::try_from(days).unwrap_or(i32::MAX)));
        let params: [&(dyn ToSql + Sync); 5] = [&organization.0, &days[0], &days[1], &days[2], &days[3]];
        Ok(self.query_opt(organization, sql, &params).await?.is_some())
    }

    /// Removes a batch of what an organization has kept long enough: how many went. Zero when nothing is left.
    ///
    /// # Errors
    /// As every query.
    pub async fn expire(&self, organization: OrganizationId, what: Expiring) -> Result<u64, StorageError> {
        let mut client = self.maintenance().await?;
        let gone = match what {
            Expiring::Conversations => expire_conversations(&mut client, organization).await,
            other => expire_rows(&mut client, organization, other.sql()).await,
        };
        give_back(client, gone)
    }

    /// Removes a batch of an organization's visitors of whom nothing is known, who have no conversation and who were not
    /// seen for long, with their sessions, page views and events. Begins with those who first came at `from`. Says how
    /// many went, and where to go on if there may be more.
    ///
    /// # Errors
    /// As every query.
    pub async fn expire_visitors(
        &self,
        organization: OrganizationId,
        from: Option<Millis>,
    ) -> Result<(u64, Option<Millis>), StorageError> {
        let mut client = self.maintenance().await?;
        let gone = expire_visitors(&mut client, organization, from).await;
        give_back(client, gone)
    }
}

async fn expire_rows(client: &mut Object, organization: OrganizationId, sql: &str) -> Result<u64, StorageError> {
    let transaction = begin(client, organization).await?;
    let gone = transaction.execute(&transaction.prepare_cached(sql).await?, &[&organization.0, &ROWS]).await?;
    transaction.commit().await?;
    Ok(gone)
}

async fn expire_conversations(client: &mut Object, organization: OrganizationId) -> Result<u64, StorageError> {
    let transaction = begin(client, organization).await?;
    let statement = transaction.prepare_cached(LOCK_OLD).await?;
    let chosen = fitting(&transaction.query(&statement, &[&organization.0, &CONVERSATIONS]).await?)?;
    if !chosen.is_empty() {
        delete_conversations(&transaction, organization, &chosen).await?;
    }
    transaction.commit().await?;
    Ok(chosen.len() as u64)
}

async fn expire_visitors(
    client: &mut Object,
    organization: OrganizationId,
    from: Option<Millis>,
) -> Result<(u64, Option<Millis>), StorageError> {
    let transaction = begin(client, organization).await?;
    let params: [&(dyn ToSql + Sync); 3] = [&organization.0, &from.map(timestamp), &VISITORS];
    let rows = transaction.query(&transaction.prepare_cached(LOCK_IDLE).await?, &params).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_, StorageError>>()?;
    let last = rows.last().map(|row| Ok::<_, StorageError>(millis(row.try_get(1)?))).transpose()?;
    let gone = transaction.query(&transaction.prepare_cached(DELETE_IDLE).await?, &[&organization.0, &ids]).await?;
    // Their page may still be open: the session that is gone is to be begun anew before they write.
    for row in &gone {
        announce(&transaction, &Gone::Sessions(organization, VisitorId(row.try_get(0)?))).await?;
    }
    transaction.commit().await?;
    Ok((gone.len() as u64, last.filter(|_| ids.len() as i64 == VISITORS)))
}
