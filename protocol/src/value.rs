//! What frame bodies, HTTP bodies and stored rows are made of.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, DepartmentId, EntryId, MemberId, OrganizationId, ParticipantId, VisitorId};

mod check;
mod widget;

pub use check::{FieldError, check_client_id, check_email, check_name, check_password, check_reported, clean_line};
pub use widget::{Department, Form, FormField, FormFieldKind, Position, WidgetConfig, WidgetSettings};

/// Milliseconds since 1970-01-01T00:00:00Z. Below 2^53, so that JavaScript numbers hold it.
pub type Millis = u64;

/// A position in a conversation's log, from 1, without gaps. 0 stands for "nothing yet".
pub type Seq = u64;

/// What a member may do in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, deleting the organization included.
    Owner,
    /// Settings, members and conversations.
    Admin,
    /// Conversations.
    Agent,
}

/// Which side of a conversation somebody stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ParticipantKind {
    /// The visitor.
    Visitor,
    /// A member of the organization.
    Agent,
    /// ChatDesk itself.
    System,
}

/// Somebody who takes part in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Participant {
    /// Visitor, agent or system.
    pub kind: ParticipantKind,
    /// Unique within the organization.
    pub id: ParticipantId,
    /// How to call them; absent while a visitor has not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// Somebody should answer.
    Open,
    /// Waiting for the visitor.
    Pending,
    /// Comes back by itself later.
    Snoozed,
    /// Done.
    Resolved,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A message that both sides see: `text`.
    Text,
    /// A note that only agents see: `text`. A visitor gets it as `hidden`.
    Note,
    /// The conversation's status changed: `status`.
    Status,
    /// A placeholder for what the receiver may not see: keeps its log without gaps, and shows as nothing.
    Hidden,
    /// A kind from a later version: keep its seq, show nothing.
    #[serde(other)]
    Unknown,
}

/// The content of an entry: its kind and the fields that this kind uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Content {
    /// Says which of the other fields are there.
    pub kind: EntryKind,
    /// 1 to 16,384 bytes of UTF-8 without NUL, for `text` and `note`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub text: Option<String>,
    /// The new status, for `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<ConversationStatus>,
}

impl Content {
    /// A message.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { kind: EntryKind::Text, text: Some(text.into()), status: None }
    }

    /// A note.
    #[must_use]
    pub fn note(text: impl Into<String>) -> Self {
        Self { kind: EntryKind::Note, text: Some(text.into()), status: None }
    }

    /// A change of status.
    #[must_use]
    pub fn status(status: ConversationStatus) -> Self {
        Self { kind: EntryKind::Status, text: None, status: Some(status) }
    }

    /// The bytes of its text.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.as_ref().map_or(0, String::len)
    }

    /// The placeholder.
    #[must_use]
    pub fn hidden() -> Self {
        Self { kind: EntryKind::Hidden, text: None, status: None }
    }
}

/// One entry of a conversation's log, as it is shown to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Entry {
    /// The log it belongs to.
    pub conversation: ConversationId,
    /// The gateway's id for it. A resend that was routed twice may carry two ids until `stored` settles it.
    pub id: EntryId,
    /// Its place in the log; absent while it is pending (routed, but not stored yet).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub seq: Option<Seq>,
    /// Who wrote it.
    pub sender: Participant,
    /// The sender's idempotency key. `(sender.id, client_id)` names one entry for ever.
    pub client_id: String,
    /// When the gateway took it.
    pub at: Millis,
    /// What it says.
    pub content: Content,
}

impl Entry {
    /// The entry as a visitor may see it: a note becomes the placeholder and loses its author's name. Its sender's id
    /// and `client_id` stay, because `stored` names entries by them.
    #[must_use]
    pub fn for_visitor(&self) -> Self {
        let mut entry = self.clone();
        if self.content.kind == EntryKind::Note {
            entry.content = Content::hidden();
            entry.sender.name = None;
        }
        entry
    }
}

/// How far somebody has read: everything up to and including `seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadReceipt {
    /// Who.
    pub participant: Participant,
    /// The last entry they have seen.
    pub seq: Seq,
}

/// A conversation in a list: what an inbox row shows, and the head that proves the list current.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Summary {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Where it stands.
    pub status: ConversationStatus,
    /// Whose it is.
    pub visitor: VisitorSummary,
    /// The department that the visitor asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub department: Option<DepartmentId>,
    /// The seq of the newest stored entry; 0 for an empty log.
    pub head: Seq,
    /// The newest message that the receiver may see, cut to 140 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub preview: Option<Preview>,
    /// How far the visitor has read.
    pub visitor_read: Seq,
    /// How far any agent has read. The inbox shows `head - agent_read` as unread.
    pub agent_read: Seq,
    /// When it was started.
    pub created_at: Millis,
    /// When its newest entry was taken; the inbox is ordered by it, newest first.
    pub updated_at: Millis,
    /// The visitor's answers to the pre-chat form, in the form's order. Only agents get them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<Answer>>", optional))]
    pub answers: Vec<Answer>,
}

impl Summary {
    /// The summary as a visitor may see it: without the answers and the address, which are for agents.
    #[must_use]
    pub fn for_visitor(mut self) -> Self {
        self.answers.clear();
        self.visitor.email = None;
        self
    }
}

/// The visitor of a conversation, in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VisitorSummary {
    /// Which visitor.
    pub id: VisitorId,
    /// The name they gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub name: Option<String>,
    /// The e-mail address they gave; not verified. Only agents get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub email: Option<String>,
}

/// The beginning of a conversation's newest message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Preview {
    /// Which side wrote it.
    pub from: ParticipantKind,
    /// Its first 140 characters.
    pub text: String,
}

/// An answer to one field of the pre-chat form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Answer {
    /// The field's `key`.
    pub key: String,
    /// What the visitor typed or chose; a checkbox answers `true` or `false`.
    pub value: String,
}

/// A member as a visitor sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AgentCard {
    /// Which member.
    pub id: MemberId,
    /// Their name.
    pub name: String,
}

/// A member as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Member {
    /// Which member.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// The address they log in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// A tenant, as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Organization {
    /// Which tenant.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}
