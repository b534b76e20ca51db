//! All that is held of a contact, as JSON, row by row: an export holds no more than a page of it at a time.

use protocol::id::{AttachmentId, ConversationId, OrganizationId, VisitorId};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::attachment::StoredAttachment;
use crate::error::StorageError;
use crate::pool::Storage;
use crate::rejected::readable;

/// What an export has rows of, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportPart {
    /// The contact's widget sessions.
    Sessions(VisitorId),
    /// Their conversations.
    Conversations(VisitorId),
    /// The pages that they saw.
    PageViews(VisitorId),
    /// What a site tracked of them.
    Events(VisitorId),
    /// Entries of theirs that could not be stored.
    Rejected(VisitorId),
    /// The entries of a conversation.
    Entries(ConversationId),
    /// How far who has read in it.
    ReadMarks(ConversationId),
    /// Its files, those on their way included.
    Attachments(ConversationId),
}

/// Where a page of rows ends. The default is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportPlace {
    number: i64,
    /// The row's id.
    pub id: Uuid,
}

impl Default for ExportPlace {
    fn default() -> Self {
        Self { number: i64::from(i32::MIN), id: Uuid::nil() }
    }
}

/// A row of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRow {
    /// A JSON object.
    pub json: String,
    /// Where it stands.
    pub place: ExportPlace,
}

/// A page's statement: `$1` the organization, `$2` whose, `$3` and `$4` the place before it, `$5` the most rows.
macro_rules! rows {
    ($columns:literal, $number:literal, $id:literal, $from:literal, $after:literal) => {
        concat!(
            "select (select row_to_json(r)::text from (select ",
            $columns,
            ") r), ",
            $number,
            ", ",
            $id,
            " from ",
            $from,
            " and ",
            $after,
            " order by 2, 3 limit $5"
        )
    };
}

const CONTACT: &str = "select row_to_json(r)::text from (
        select 1 as format, now() as exported_at, json_build_object('id', o.id, 'name', o.name) as organization,
            (select row_to_json(c) from (
                select v.id, v.name, v.email, v.phone, v.external_id, v.verified, v.attributes, v.created_at
            ) c) as contact
        from visitors v join organizations o on o.id = v.organization_id
        where v.organization_id = $1 and v.id = $2
    ) r";

impl ExportPart {
    fn owner(self) -> Uuid {
        match self {
            Self::Sessions(visitor)
            | Self::Conversations(visitor)
            | Self::PageViews(visitor)
            | Self::Events(visitor)
            | Self::Rejected(visitor) => visitor.0,
            Self::Entries(conversation) | Self::ReadMarks(conversation) | Self::Attachments(conversation) => {
                conversation.0
            }
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Sessions(_) => rows!(
                "s.id, s.ip_address, s.user_agent, s.referrer, s.current_url, s.country, s.city, s.device_type,
                 s.browser, s.os, s.created_at, s.last_seen_at, s.expires_at",
                "0::bigint",
                "s.id",
                "widget_sessions s where s.organization_id = $1 and s.visitor_id = $2",
                "(0::bigint, s.id) > ($3::bigint, $4::uuid)"
            ),
            Self::Conversations(_) => rows!(
                "c.id, c.client_id, c.status, c.priority, c.department_id, d.name as department, c.assignee_id,
                 m.name as assignee, c.answers, c.rating, c.rating_comment, c.rated_at, c.head_seq, c.preview_from,
                 c.preview_text, c.visitor_read_seq, c.agent_read_seq, c.agent_read_id,
                 c.created_at, c.updated_at",
                "0::bigint",
                "c.id",
                "conversations c
                 left join departments d on d.organization_id = c.organization_id and d.id = c.department_id
                 left join members m on m.organization_id = c.organization_id and m.id = c.assignee_id
                 where c.organization_id = $1 and c.visitor_id = $2",
                "(0::bigint, c.id) > ($3::bigint, $4::uuid)"
            ),
            Self::PageViews(_) => rows!(
                "p.id, p.at, p.url, p.title, p.referrer",
                "(extract(epoch from p.at) * 1000)::bigint",
                "p.id",
                "page_views p where p.organization_id = $1 and p.visitor_id = $2",
                "(p.at, p.id) > (timestamptz 'epoch' + $3::bigint * interval '1 millisecond', $4::uuid)"
            ),
            Self::Events(_) => rows!(
                "e.id, e.at, e.name, e.properties",
                "(extract(epoch from e.at) * 1000)::bigint",
                "e.id",
                "events e where e.organization_id = $1 and e.visitor_id = $2",
                "(e.at, e.id) > (timestamptz 'epoch' + $3::bigint * interval '1 millisecond', $4::uuid)"
            ),
            Self::Rejected(_) => rows!(
                "r.id, r.conversation_id, r.client_id, r.at, encode(r.content, 'hex') as content, r.reason,
                 r.rejected_at",
                "0::bigint",
                "r.id",
                "rejected_entries r where r.organization_id = $1 and r.sender_kind = 'visitor' and r.sender_id = $2",
                "(0::bigint, r.id) > ($3::bigint, $4::uuid)"
            ),
            Self::Entries(_) => rows!(
                "e.seq, e.id, e.sender_kind, e.sender_id, coalesce(m.name, v.name) as sender, e.client_id, e.at,
                 e.content",
                "e.seq",
                "e.id",
                "entries e
                 left join members m on e.sender_kind = 'agent'
                     and m.organization_id = e.organization_id and m.id = e.sender_id
                 left join visitors v on e.sender_kind = 'visitor'
                     and v.organization_id = e.organization_id and v.id = e.sender_id
                 where e.organization_id = $1 and e.conversation_id = $2",
                "e.seq > $3::bigint and $4::uuid is not null"
            ),
            Self::ReadMarks(_) => rows!(
                "p.participant_id, p.kind, p.last_read_seq",
                "0::bigint",
                "p.participant_id",
                "(
                     select c.visitor_id as participant_id, 'visitor' as kind, c.visitor_read_seq as last_read_seq
                     from conversations c
                     where c.organization_id = $1 and c.id = $2 and c.visitor_read_seq > 0
                     union all
                     select c.agent_read_id, 'agent', c.agent_read_seq
                     from conversations c
                     where c.organization_id = $1 and c.id = $2 and c.agent_read_id is not null
                     union all
                     select r.participant_id, r.kind, r.last_read_seq
                     from participants r
                     join conversations c on c.organization_id = r.organization_id and c.id = r.conversation_id
                     where r.organization_id = $1 and r.conversation_id = $2 and r.kind = 'agent'
                         and r.participant_id is distinct from c.agent_read_id
                 ) p where true",
                "(0::bigint, p.participant_id) > ($3::bigint, $4::uuid)"
            ),
            Self::Attachments(_) => rows!(
                "a.id, a.uploader_kind, a.uploader_id, a.client_id, a.name, a.size, a.media_type,
                 encode(a.sha256, 'hex') as sha256, a.key, a.created_at, a.touched_at, a.done_at, a.sent_at",
                "0::bigint",
                "a.id",
                "attachments a where a.organization_id = $1 and a.conversation_id = $2",
                "(0::bigint, a.id) > ($3::bigint, $4::uuid)"
            ),
        }
    }
}

impl Storage {
    /// What an export begins with, as a JSON object: its format and time, the organization, and the contact. `None` when
    /// there is no such one.
    ///
    /// # Errors
    /// As every query.
    pub async fn export_contact(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
    ) -> Result<Option<String>, StorageError> {
        let rows = self.maintain(organization, CONTACT, &[&organization.0, &visitor.0]).await?;
        rows.first().map(|row| Ok(row.try_get(0)?)).transpose()
    }

    /// A page of a part of an export: at most `limit` rows, in order, after a place.
    ///
    /// # Errors
    /// As every query.
    pub async fn export_rows(
        &self,
        organization: OrganizationId,
        part: ExportPart,
        after: ExportPlace,
        limit: u32,
    ) -> Result<Vec<ExportRow>, StorageError> {
        let (owner, limit) = (part.owner(), i64::from(limit));
        let params: [&(dyn ToSql + Sync); 5] = [&organization.0, &owner, &after.number, &after.id, &limit];
        let rows = self.maintain(organization, part.sql(), &params).await?;
        rows.iter()
            .map(|row| {
                let place = ExportPlace { number: row.try_get(1)?, id: row.try_get(2)? };
                let json = match part {
                    ExportPart::Rejected(_) => readable(row.try_get(0)?)?,
                    _ => row.try_get(0)?,
                };
                Ok(ExportRow { json, place })
            })
            .collect()
    }

    /// The finished files of a contact's conversations, by id from `after` on: at most `limit`.
    ///
    /// # Errors
    /// As every query.
    pub async fn files_of_contact(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
        after: Option<AttachmentId>,
        limit: u32,
    ) -> Result<Vec<StoredAttachment>, StorageError> {
        let sql = crate::attachment::FILES_OF_VISITOR;
        let after = after.map(|after| after.0);
        let params: [&(dyn ToSql + Sync); 4] = [&organization.0, &visitor.0, &after, &i64::from(limit)];
        let rows = self.maintain(organization, sql, &params).await?;
        rows.iter().map(crate::attachment::attachment).collect()
    }
}
