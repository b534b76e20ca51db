//! Conversations and the summaries of their logs.

use deadpool_postgres::{Object, Transaction};
use protocol::id::{ConversationId, DepartmentId, MemberId, OrganizationId, ParticipantId, VisitorId};
use protocol::value::{
    Answer, ConversationStatus, Head, Participant, ParticipantKind, Preview, Priority, Seq, Summary, VisitorSummary,
};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use crate::error::StorageError;
use crate::label::Label;
use crate::pool::{Storage, begin, give_back};
use crate::time::millis;

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

/// What a summary is read from, in the order that [`summary`] takes it: `c` a conversation, `v` its visitor.
macro_rules! summary_columns {
    () => {
        "c.id, c.status, v.id, v.name, v.email, c.department_id, c.head_seq, c.preview_from, c.preview_text,
        c.visitor_read_seq, c.agent_read_seq, c.created_at, c.updated_at, c.answers, v.verified, c.assignee_id,
        c.rating, c.priority"
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

const FIND_SEVERAL: &str = concat!(
    "select ",
    summary_columns!(),
    " from conversations c ",
    visitor_of_conversation!(),
    " where c.organization_id = $1 and c.id = any($2)"
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

    /// Several conversations as they stand, in no particular order. Those that are not there are left out.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_conversations(
        &self,
        organization: OrganizationId,
        conversations: &[ConversationId],
    ) -> Result<Vec<Summary>, StorageError> {
        let ids: Vec<Uuid> = conversations.iter().map(|conversation| conversation.0).collect();
        let rows = self.query(organization, FIND_SEVERAL, &[&organization.0, &ids]).await?;
        rows.iter().map(summary).collect()
    }

    /// How far logs go, of any organizations' conversations, in no particular order. Those that are not there are left
    /// out, and so are those named with another organization than theirs.
    ///
    /// # Errors
    /// As every query.
    pub async fn heads(
        &self,
        logs: &[(OrganizationId, ConversationId)],
    ) -> Result<Vec<(OrganizationId, Head)>, StorageError> {
        let (organizations, conversations): (Vec<Uuid>, Vec<Uuid>) = logs.iter().map(|log| (log.0.0, log.1.0)).unzip();
        let sql = "select c.organization_id, c.id, c.head_seq
             from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
             join conversations c on c.organization_id = k.organization_id and c.id = k.id";
        let rows = self.look_up_all(sql, &[&organizations, &conversations]).await?;
        rows.iter()
            .map(|row| {
                let head = Head { conversation: ConversationId(row.try_get(1)?), head: seq(row, 2)? };
                Ok((OrganizationId(row.try_get(0)?), head))
            })
            .collect()
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

    /// A visitor's conversations that are not resolved, those updated last first: at most `limit`.
    ///
    /// # Errors
    /// As every query.
    pub async fn unresolved_conversations_of(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StorageError> {
        let sql = "select id from conversations where organization_id = $1 and visitor_id = $2 and status <> 'resolved'
             order by updated_at desc, id desc limit $3";
        let rows = self.query(organization, sql, &[&organization.0, &visitor.0, &i64::from(limit)]).await?;
        rows.iter().map(|row| Ok(ConversationId(row.try_get(0)?))).collect()
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
    // What anybody may type into a form does not replace an address that the site may have vouched for.
    let sql = "update visitors set name = coalesce($3, name), phone = coalesce($5, phone),
             email = case when verified then coalesce(email, $4) else coalesce($4, email) end
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
    let rating: Option<i16> = row.try_get(16)?;
    Ok(Summary {
        conversation: ConversationId(row.try_get(0)?),
        status: ConversationStatus::read(row.try_get(1)?)?,
        visitor: VisitorSummary {
            id: VisitorId(row.try_get(2)?),
            name: row.try_get(3)?,
            email: row.try_get(4)?,
            verified: row.try_get(14)?,
        },
        department: row.try_get::<_, Option<_>>(5)?.map(DepartmentId),
        assignee: row.try_get::<_, Option<_>>(15)?.map(MemberId),
        priority: Priority::read(row.try_get(17)?)?,
        rating: rating
            .map(u8::try_from)
            .transpose()
            .map_err(|_| StorageError::Fault("a row holds a rating below 0".into()))?,
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
