//! What frame bodies, HTTP bodies and stored rows are made of.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, DepartmentId, MemberId, OrganizationId, ParticipantId};

mod check;
mod content;
mod found;
mod language;
mod member;
mod visitor;
mod widget;

pub use check::{
    FieldError, check_attributes, check_client_id, check_email, check_language, check_limit, check_name,
    check_password, check_query, check_reported, check_rules, check_strings, clean_line,
};
pub use content::{Assignment, Attachment, Content, Entry, EntryKind, Rating};
pub use found::{Contact, ContactPlace, DepartmentCount, InboxCounts, SearchHit, SearchPlace, SnippetPart};
pub use language::{SEARCH_LANGUAGES, check_search_language};
pub use member::{AgentAvailability, AgentCard, Colleague, Member, Role};
pub use visitor::{
    Attribute, Attributes, Browser, LiveVisitor, Page, PageView, TrackedEvent, VisitorProfile, VisitorSummary,
};
pub use widget::{
    BusinessHours, Department, Form, FormField, FormFieldKind, LANGUAGES, OpenHours, Position, ProactiveRule, Strings,
    Theme, WidgetConfig, WidgetSettings,
};

/// Milliseconds since 1970-01-01T00:00:00Z. Below 2^53, so that JavaScript numbers hold it.
pub type Millis = u64;

/// A position in a conversation's log, from 1, without gaps. 0 stands for "nothing yet".
pub type Seq = u64;

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

/// How urgent agents find a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Nobody has said.
    #[default]
    None,
    /// Can wait.
    Low,
    /// As most.
    Medium,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// Whether nobody has said.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
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
    /// The agent whose conversation it is; absent while it is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub assignee: Option<MemberId>,
    /// How urgent its agents find it; absent: nobody has said. Only agents get it.
    #[serde(default, skip_serializing_if = "Priority::is_none")]
    #[cfg_attr(test, ts(as = "Option<Priority>", optional))]
    pub priority: Priority,
    /// The visitor's newest rating, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub rating: Option<u8>,
    /// The seq of the newest stored entry; 0 for an empty log.
    pub head: Seq,
    /// The newest message that the receiver may see, cut to 140 characters; of an attachment, its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub preview: Option<Preview>,
    /// How far the visitor has read.
    pub visitor_read: Seq,
    /// How far any agent has read. The inbox shows `head - agent_read` as unread.
    pub agent_read: Seq,
    /// When it was started.
    pub created_at: Millis,
    /// When its newest entry was stored; the inbox is ordered by it, newest first.
    pub updated_at: Millis,
    /// The visitor's answers to the pre-chat form, in the form's order. Only agents get them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<Answer>>", optional))]
    pub answers: Vec<Answer>,
}

impl Summary {
    /// The summary as a visitor may see it: without the answers, the address, whose and how urgent it is, which are for
    /// agents.
    #[must_use]
    pub fn for_visitor(mut self) -> Self {
        self.answers.clear();
        self.visitor.email = None;
        self.assignee = None;
        self.priority = Priority::None;
        self
    }
}

/// The beginning of a conversation's newest message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Preview {
    /// Which side wrote it.
    pub from: ParticipantKind,
    /// Its first 140 characters; of an attachment, those of its name.
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

/// A tenant, as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Organization {
    /// Which tenant.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// How far a conversation's log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Head {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The seq of its newest stored entry.
    pub head: Seq,
}

/// A conversation as a client has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Known {
    /// Which one.
    pub conversation: ConversationId,
    /// Its summary's `head`.
    pub head: Seq,
    /// Its summary's `agent_read`.
    pub agent_read: Seq,
}
