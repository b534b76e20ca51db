//! The first reply: everything that a client needs to draw.

use serde::{Deserialize, Serialize};

use super::Availability;
use crate::id::{DepartmentId, VisitorId};
use crate::value::{
    AgentAvailability, Colleague, Department, Form, Member, Millis, Organization, Summary, WidgetSettings,
};

/// Everything that a client needs to draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Welcome {
    /// The gateway's clock.
    pub now: Millis,
    /// The features of the protocol that the gateway understands.
    pub features: Vec<String>,
    /// The bounds that a client must keep.
    pub limits: Limits,
    /// For a visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<VisitorWelcome>,
    /// For an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentWelcome>,
}

/// The bounds that a client must keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Limits {
    /// Longest message to the gateway, in bytes.
    pub frame_bytes: u32,
    /// Longest text of an entry, in bytes of UTF-8.
    pub text_bytes: u32,
    /// How often the gateway pings, in milliseconds.
    pub ping_ms: u32,
    /// After how much silence the gateway, and a client, give a socket up, in milliseconds.
    pub silence_ms: u32,
    /// Most `send`s that may wait for their `stored` at once; beyond it the answer is `rate_limited`.
    pub unstored_sends: u32,
    /// Most bytes of their texts that may.
    #[serde(default)]
    pub unstored_bytes: u32,
    /// Frames that a session may send in a second, on average.
    #[serde(default)]
    pub frame_rate: u32,
    /// Frames that it may send at once.
    #[serde(default)]
    pub frame_burst: u32,
    /// Bytes that a session may send in a second, on average; those of upload chunks do not count.
    #[serde(default)]
    pub byte_rate: u32,
    /// Bytes that it may send at once.
    #[serde(default)]
    pub byte_burst: u32,
    /// Conversations that a session may start in a minute, on average.
    #[serde(default)]
    pub start_rate: u32,
    /// Conversations that it may start at once.
    #[serde(default)]
    pub start_burst: u32,
    /// Pages and tracked events that a session may tell in a second, on average.
    #[serde(default)]
    pub visit_rate: u32,
    /// Pages and tracked events that it may tell at once.
    #[serde(default)]
    pub visit_burst: u32,
    /// `update`s and `identify`s that a session may send in a second, on average.
    #[serde(default)]
    pub update_rate: u32,
    /// Those that it may send at once.
    #[serde(default)]
    pub update_burst: u32,
    /// Searches, for entries or contacts, that an agent's session may make in a second, on average.
    #[serde(default)]
    pub search_rate: u32,
    /// Those that it may make at once.
    #[serde(default)]
    pub search_burst: u32,
    /// What all sockets from one address may send together.
    #[serde(default)]
    pub address: SharedLimits,
    /// What all sockets of one organization may.
    #[serde(default)]
    pub organization: SharedLimits,
    /// Refusals for sending too much, in a second, that a socket may get on average; past it it is closed with 4005.
    #[serde(default)]
    pub refusal_rate: u32,
    /// Refusals that it may get at once.
    #[serde(default)]
    pub refusal_burst: u32,
    /// How long a new socket has until its `hello` is accepted, in milliseconds.
    #[serde(default)]
    pub hello_ms: u32,
    /// Bytes that may wait for a client that does not read; past it the socket is closed with 4001.
    #[serde(default)]
    pub queue_bytes: u32,
    /// Most cursors in a `hello`.
    #[serde(default)]
    pub resume_cursors: u32,
    /// Most conversations that a socket may follow.
    #[serde(default)]
    pub followed: u32,
    /// Longest file, in bytes; 0 where files are not taken.
    #[serde(default)]
    pub upload_bytes: u64,
    /// Longest chunk, in bytes.
    #[serde(default)]
    pub upload_chunk_bytes: u32,
    /// Most uploads that a session may have under way.
    #[serde(default)]
    pub uploads_at_once: u32,
    /// For how long an unfinished upload is kept that nobody goes on with, in milliseconds.
    #[serde(default)]
    pub upload_expiry_ms: u32,
    /// Bytes of files that a session may begin to upload in a second, on average.
    #[serde(default)]
    pub upload_byte_rate: u64,
    /// Bytes of files that it may begin at once.
    #[serde(default)]
    pub upload_byte_burst: u64,
    /// For how long a finished file is kept that no entry names, in milliseconds.
    #[serde(default)]
    pub upload_unsent_ms: u64,
    /// The media types of the files that are taken.
    #[serde(default)]
    pub upload_types: Vec<String>,
}

/// What many sockets may send together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SharedLimits {
    /// Frames in a second, on average.
    pub frame_rate: u32,
    /// Frames at once.
    pub frame_burst: u32,
    /// Bytes in a second, on average.
    pub byte_rate: u32,
    /// Bytes at once.
    pub byte_burst: u32,
}

/// What a widget draws with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct VisitorWelcome {
    /// Who this browser is.
    pub visitor: VisitorId,
    /// The name they gave, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The session's token: keep it and send it with the next `hello`. Present when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whether the site vouched for who they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(as = "Option<bool>"))]
    pub verified: bool,
    /// Until when the session lasts.
    pub expires_at: Millis,
    /// Looks and behaviour.
    pub settings: WidgetSettings,
    /// The pre-chat form.
    pub form: Form,
    /// The departments that may be chosen.
    pub departments: Vec<Department>,
    /// Who is there to answer.
    pub availability: Availability,
    /// Whether the gateway sends e-mail, so that `transcript` can be asked for.
    #[serde(default)]
    pub transcripts: bool,
    /// The visitor's newest conversation that is not resolved; its `replay` follows this frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Summary>,
}

/// What a console draws with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AgentWelcome {
    /// Who this is.
    pub member: Member,
    /// Of which organization.
    pub organization: Organization,
    /// Its departments.
    pub departments: Vec<Department>,
    /// Those that this agent answers for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<DepartmentId>>", optional))]
    pub own_departments: Vec<DepartmentId>,
    /// Whether this agent takes conversations.
    #[serde(default)]
    pub availability: AgentAvailability,
    /// The organization's members, by name, this one among them: at most 200.
    #[serde(default)]
    pub colleagues: Vec<Colleague>,
}
