//! The people who answer: as visitors, colleagues and they themselves see them.

use serde::{Deserialize, Serialize};

use crate::id::MemberId;

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

/// Whether an agent takes conversations: chosen by them, unlike presence, which is observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AgentAvailability {
    /// Yes, while they are here.
    #[default]
    Online,
    /// Not now, here or not.
    Away,
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

/// A member as their colleagues see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Colleague {
    /// Which member.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What they chose.
    pub availability: AgentAvailability,
    /// Whether they have a socket.
    pub present: bool,
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
