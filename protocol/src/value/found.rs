//! What agents look for and find: counts, entries by their words, contacts.

use serde::{Deserialize, Serialize};

use super::{ConversationStatus, EntryKind, Millis, Participant, Seq, VisitorSummary};
use crate::id::{ConversationId, DepartmentId, VisitorId};

/// How many conversations an organization has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InboxCounts {
    /// Those that somebody should answer.
    pub open: u64,
    /// Those that wait for the visitor.
    pub pending: u64,
    /// Those that come back later.
    pub snoozed: u64,
    /// Those that are over.
    pub resolved: u64,
    /// Of the open ones, those of the agent who asks.
    pub mine: u64,
    /// Of the open ones, those that are nobody's.
    pub unassigned: u64,
    /// The open ones by department; those without one, and departments without any, are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<DepartmentCount>>", optional))]
    pub departments: Vec<DepartmentCount>,
}

/// How many open conversations a department has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DepartmentCount {
    /// Which department.
    pub department: DepartmentId,
    /// How many.
    pub open: u64,
}

/// An entry that was found by its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchHit {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Whose conversation that is.
    pub visitor: VisitorSummary,
    /// Where that stands.
    pub status: ConversationStatus,
    /// The entry's place in the log.
    pub seq: Seq,
    /// When the gateway took it.
    pub at: Millis,
    /// Who wrote it.
    pub sender: Participant,
    /// What it is.
    pub kind: EntryKind,
    /// The piece of its text that the words were found in, in parts.
    pub snippet: Vec<SnippetPart>,
}

/// A part of a text in which something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct SnippetPart {
    /// The text, to be shown as it is.
    pub text: String,
    /// Whether it is one of the words that were looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(as = "Option<bool>"))]
    pub found: bool,
}

/// A place among found entries: the last one of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchPlace {
    /// When it was taken.
    pub at: Millis,
    /// Its conversation, for those of the same time.
    pub conversation: ConversationId,
    /// Its place in the log.
    pub seq: Seq,
}

/// A visitor of whom something is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Contact {
    /// Who.
    pub visitor: VisitorSummary,
    /// Their telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What the site calls them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When they first came.
    pub created_at: Millis,
}

/// A place among contacts: the last one of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ContactPlace {
    /// When they first came.
    pub created_at: Millis,
    /// Who, for those of the same time.
    pub visitor: VisitorId,
}
