//! Conversations and the summaries of their logs.

use deadpool_postgres::{Object, Transaction};
use protocol::id::{ConversationId, DepartmentId, OrganizationId, ParticipantId, VisitorId};
use protocol::limit;
use protocol::value::{
    Answer, ConversationStatus, Millis, Participant, ParticipantKind, Preview, ReadReceipt, Seq, Summary,
    VisitorSummary,
};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};

use crate::error::StorageError;
use crate::label::Label;
use crate::pool::{Storage, begin, give_back};
use crate::time::{millis, timestamp};

/// A conversation to be started.
#[derive(Clone, Copy, Debug)]
pub struct NewConversation<'a> {
    /// Who starts it.
    pub visitor: VisitorId,
    /// The visitor's idempotency key.
    pub client_id: &'a str,
    /// The department that they chose.
    pub department: Option<DepartmentId>,
    /// Their answers to the pre-chat form; `name`, `email` and `phone` also fill in who the visitor is.
    pub answers: &'a [Answer],
}

/// A conversation that was started, now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedConversation {
    /// As it stands.
    pub summary: Summary,
    /// Whether it was made just now.
    pub created: bool,
}

/// A place in the inbox: `updated_at` and id of the last conversation of a page.
pub type InboxPlace = (Millis, ConversationId);

/// What a summary is read from, in the order that [`summary`] takes it: `c` a conversation, `v` its visitor.
macro_rules! summary_columns {
    () => {
        "c.id, c.status, v.id, v.name, v.email, c.department_id, c.head_seq, c.preview_from, c.preview_text,
        c.visitor_read_seq, c.agent_read_seq, c.created_at, c.updated_at, c.answers"
    };
}
macro_rules! visitor_of_conversation {
    () => {
        "join visitors v on v.organization_id = c.organization_id and v.id = c.visitor_id"
    };
}
pub(crate) use {summary_columns, visitor_of_conversation};

const FIND: &str = concat!(
    "select ",
    summary_columns!(),
    " from conversations c ",
    visitor_of_conversation!(),
    " where c.organization_id = $1 and c.id = $2"
);

const FIND_STARTED: &str = concat!(
    "select ",
    summary_columns!(),
    " from conversations c ",
    visitor_of_conversation!(),
    " where c.organization_id = $1 and c.visitor_id = $2 and c.client_id = $3"
);

const FIND_OPEN: &str = concat!(
    "select ",
    summary_columns!(),
    " from conversations c ",
    visitor_of_conversation!(),
    " where c.organization_id = $1 and c.visitor_id = $2 and c.status <> 'resolved'
      order by c.created_at desc, c.id desc limit 1"
);

/// One run along the index for each status asked for, merged: so one index serves the inbox with and without a filter.
/// The first page begins after everything: as one comparison of a pair, later pages start in the middle of the index.
const INBOX: &str = concat!(
    "select ",
    summary_columns!(),
    " from unnest($2::text[]) as wanted(status)
      cross join lateral (
          select * from conversations
          where organization_id = $1 and status = wanted.status
              and (updated_at, id) < (coalesce($3, 'infinity'::timestamptz),
                  coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
          order by updated_at desc, id desc limit $5
      ) c ",
    visitor_of_conversation!(),
    " order by c.updated_at desc, c.id desc limit $5"
);

impl Storage {
    /// Starts a conversation, or finds the one that was started with the same visitor and `client_id`.
    ///
    /// # Errors
    /// `Conflict("department")` and `Conflict("visitor")` for ones that the organization does not have.
    pub async fn start_conversation(
        &self,
        organization: OrganizationId,
        new: &NewConversation<'_>,
    ) -> Result<StartedConversation, StorageError> {
        let mut client = self.request().await?;
        let started = start(&mut client, organization, new).await;
        give_back(client, started)
    }

    /// A conversation as it stands.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_conversation(
        &self,
        organization: OrganizationId,
        conversation: ConversationId,
    ) -> Result<Option<Summary>, StorageError> {
        let row = self.query_opt(organization, FIND, &[&organization.0, &conversation.0]).await?;
        row.map(|row| summary(&row)).transpose()
    }

    /// A visitor's newest conversation that is not resolved.
    ///
    /// # Errors
    /// As every query.
    pub async fn open_conversation_of(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
    ) -> Result<Option<Summary>, StorageError> {
        let row = self.query_opt(organization, FIND_OPEN, &[&organization.0, &visitor.0]).await?;
        row.map(|row| summary(&row)).transpose()
    }

    /// A page of the inbox, newest first, and whether there are more after it.
    ///
    /// # Errors
    /// As every query.
    pub async fn inbox(
        &self,
        organization: OrganizationId,
        status: Option<ConversationStatus>,
        after: Option<InboxPlace>,
        limit: u32,
    ) -> Result<(Vec<Summary>, bool), StorageError> {
        let statuses: Vec<&str> = match status {
            Some(status) => vec![status.label()],
            None => ConversationStatus::LABELS.iter().map(|(_, label)| *label).collect(),
        };
        let (updated_at, id) = (after.map(|(at, _)| timestamp(at)), after.map(|(_, id)| id.0));
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let params: [&(dyn ToSql + Sync); 5] = [&organization.0, &statuses, &updated_at, &id, &(i64::from(limit) + 1)];
        let rows = self.query(organization, INBOX, &params).await?;
        let more = rows.len() > wanted;
        let page = rows.iter().take(wanted).map(summary).collect::<Result<_, _>>()?;
        Ok((page, more))
    }

    /// How far everybody in a conversation has read, each with their current name.
    ///
    /// # Errors
    /// As every query.
    pub async fn read_receipts(
        &self,
        organization: OrganizationId,
        conversation: ConversationId,
    ) -> Result<Vec<ReadReceipt>, StorageError> {
        let sql = "select p.kind, p.participant_id, coalesce(m.name, v.name), p.last_read_seq
             from participants p
             left join members m on p.kind = 'agent'
                 and m.organization_id = p.organization_id and m.id = p.participant_id
             left join visitors v on p.kind = 'visitor'
                 and v.organization_id = p.organization_id and v.id = p.participant_id
             where p.organization_id = $1 and p.conversation_id = $2
             order by p.kind = 'visitor' desc, p.last_read_seq desc, p.participant_id
             limit $3";
        let most = i64::from(limit::PAGE_READ_MARKS);
        let rows = self.query(organization, sql, &[&organization.0, &conversation.0, &most]).await?;
        rows.iter().map(|row| Ok(ReadReceipt { participant: participant(row, 0)?, seq: seq(row, 3)? })).collect()
    }
}

async fn start(
    client: &mut Object,
    organization: OrganizationId,
    new: &NewConversation<'_>,
) -> Result<StartedConversation, StorageError> {
    let transaction = begin(client, organization).await?;
    let id = ConversationId::generate();
    // Two at once: the second waits for the first to commit, inserts nothing, and finds the first's row below.
    let sql = "insert into conversations (organization_id, id, visitor_id, client_id, department_id, answers)
         values ($1, $2, $3, $4, $5, $6) on conflict on constraint conversations_start do nothing";
    let department = new.department.map(|department| department.0);
    let params: [&(dyn ToSql + Sync); 6] =
        [&organization.0, &id.0, &new.visitor.0, &new.client_id, &department, &Json(new.answers)];
    let created = transaction.execute(&transaction.prepare_cached(sql).await?, &params).await? == 1;
    if created {
        fill_in_visitor(&transaction, organization, new).await?;
    }
    let statement = transaction.prepare_cached(FIND_STARTED).await?;
    let row = transaction.query_one(&statement, &[&organization.0, &new.visitor.0, &new.client_id]).await?;
    transaction.commit().await?;
    Ok(StartedConversation { summary: summary(&row)?, created })
}

async fn fill_in_visitor(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    new: &NewConversation<'_>,
) -> Result<(), StorageError> {
    let answer = |key: &str| {
        new.answers.iter().find(|answer| answer.key == key && !answer.value.is_empty()).map(|answer| &answer.value)
    };
    let (name, email, phone) = (answer("name"), answer("email"), answer("phone"));
    if name.is_none() && email.is_none() && phone.is_none() {
        return Ok(());
    }
    let sql = "update visitors set name = coalesce($3, name), email = coalesce($4, email), phone = coalesce($5, phone)
         where organization_id = $1 and id = $2";
    let params: [&(dyn ToSql + Sync); 5] = [&organization.0, &new.visitor.0, &name, &email, &phone];
    transaction.execute(&transaction.prepare_cached(sql).await?, &params).await?;
    Ok(())
}

/// Reads a summary from the columns of `summary_columns!`.
pub(crate) fn summary(row: &Row) -> Result<Summary, StorageError> {
    let (from, text): (Option<&str>, Option<String>) = (row.try_get(7)?, row.try_get(8)?);
    let preview = match (from, text) {
        (Some(from), Some(text)) => Some(Preview { from: ParticipantKind::read(from)?, text }),
        _ => None,
    };
    let answers: Json<Vec<Answer>> = row.try_get(13)?;
    Ok(Summary {
        conversation: ConversationId(row.try_get(0)?),
        status: ConversationStatus::read(row.try_get(1)?)?,
        visitor: VisitorSummary {
            id: VisitorId(row.try_get(2)?),
            name: row.try_get(3)?,
            email: row.try_get(4)?,
            verified: false,
        },
        department: row.try_get::<_, Option<_>>(5)?.map(DepartmentId),
        assignee: None,
        rating: None,
        head: seq(row, 6)?,
        preview,
        visitor_read: seq(row, 9)?,
        agent_read: seq(row, 10)?,
        created_at: millis(row.try_get(11)?),
        updated_at: millis(row.try_get(12)?),
        answers: answers.0,
    })
}

/// Reads kind, id and name from three columns that stand side by side.
pub(crate) fn participant(row: &Row, first: usize) -> Result<Participant, StorageError> {
    Ok(Participant {
        kind: ParticipantKind::read(row.try_get(first)?)?,
        id: ParticipantId(row.try_get(first + 1)?),
        name: row.try_get(first + 2)?,
    })
}

/// Reads a seq.
pub(crate) fn seq(row: &Row, column: usize) -> Result<Seq, StorageError> {
    let seq: i64 = row.try_get(column)?;
    Seq::try_from(seq).map_err(|_| StorageError::Fault(format!("a row holds the seq {seq}")))
}
