//! What agents ask of the whole organization: its conversations, who is on the site, who of them takes part.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, DepartmentId, MemberId, VisitorId};
use crate::limit;
pub use crate::value::Known;
use crate::value::{AgentAvailability, ConversationStatus, FieldError, Millis, Priority, check_limit};

/// Asks for a page of conversations by `updated_at`, newest first: an agent for the organization's, a visitor for their
/// own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Inbox {
    /// Only those with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ConversationStatus>,
    /// Only those that are this agent's, or nobody's. Agents only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<Assigned>,
    /// Only those of this department. Agents only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// Only those of this urgency. Agents only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Only those of this visitor. Agents only; of the other filters only `status` goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<VisitorId>,
    /// Only those after this place in the list: the previous page's `next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<InboxPlace>,
    /// At most so many, 1 to 100; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Inbox {
    /// The rules of its fields; which of them a visitor must leave out is the gateway's to say.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        let narrowed = self.assigned.is_some() || self.department.is_some() || self.priority.is_some();
        if self.visitor.is_some() && narrowed {
            return Err(FieldError::new("visitor", "goes with no other filter than status"));
        }
        check_limit(self.limit, limit::INBOX_PAGE)
    }
}

/// Whose conversations are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Assigned {
    /// Which agent's; absent: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
}

/// A place in the inbox: the last conversation of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InboxPlace {
    /// Its `updated_at`.
    pub updated_at: Millis,
    /// Its id, for those with the same time.
    pub conversation: ConversationId,
}

/// Asks what has changed in a list of conversations, such as after a reconnect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct InboxSync {
    /// The conversations that the client has, and how far: at most 500. Ask again for others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<Known>>"))]
    pub known: Vec<Known>,
    /// The newest place in the client's list: what came behind it is told as well, known or not. Absent: only what is
    /// in `known`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<InboxPlace>,
}

impl InboxSync {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        if self.known.len() > limit::SYNC_KNOWN {
            return Err(FieldError::new("known", format!("must be at most {} conversations", limit::SYNC_KNOWN)));
        }
        Ok(())
    }
}

/// Says whether the agent takes conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetAvailability {
    /// What they choose; kept until they choose again.
    pub availability: AgentAvailability,
}

/// What can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    /// Who is on the site, and on which page.
    Visitors,
}

/// Follows something of the organization's that is not a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Watch {
    /// What.
    pub what: Watched,
}

/// Stops watching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unwatch {
    /// What.
    pub what: Watched,
}
