//! What a gateway says: replies, which carry their request's ref, and pushes, which carry 0.

use serde::{Deserialize, Serialize};

use crate::client::InboxPlace;
pub use crate::client::{Ping, Pong};
pub use crate::frame::Error;
use crate::frame::frames;
use crate::id::{ConversationId, EntryId, VisitorId};
use crate::value::{
    AgentCard, Department, Entry, Form, Member, Millis, Organization, Participant, ReadReceipt, Seq, Summary,
    WidgetSettings,
};

frames! {
    /// A frame from a gateway.
    ServerFrame {
        /// Answers `hello`: everything that a client needs to draw.
        2 "welcome" Welcome,
        /// Asks for a `pong`; sent every 25 s.
        3 "ping" Ping,
        /// Answers the client's `ping`.
        4 "pong" Pong,
        /// A request failed, or (ref 0) something that wanted no reply.
        5 "error" Error,
        /// The socket will be closed soon: connect again after a random part of the window.
        6 "goaway" Goaway,
        /// A request that has no other reply was done.
        7 "ok" Done,
        /// Answers `start`.
        17 "started" Started,
        /// Answers `send`: the entry was taken and passed on. Not yet stored.
        19 "routed" Routed,
        /// Somebody else's entry, pending or stored.
        20 "entry" Entry,
        /// An entry has its place in the log, for good. For its sender this is the acknowledgement.
        21 "stored" Stored,
        /// Answers `follow` and each cursor of `hello`: a part of the log, oldest first.
        23 "replay" Replay,
        /// Answers `history`.
        26 "history_page" HistoryPage,
        /// Somebody read up to an entry.
        28 "read_by" ReadBy,
        /// Somebody is typing, or stopped.
        33 "typing_by" TypingBy,
        /// Agents came or went. Pushed to visitors.
        34 "availability" Availability,
        /// Answers `inbox`.
        49 "inbox_page" InboxPage,
        /// A conversation of the organization changed, or is new. Pushed to agents.
        50 "summary" Summary,
    }
}

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// The socket will be closed soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Goaway {
    /// Connect again after a random time up to this, in milliseconds, so that not all come at once.
    pub within_ms: u32,
}

/// A request was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Done {}

/// A conversation was started, or had been with this `client_id`. The socket follows it from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Started {
    /// The request's key.
    pub client_id: String,
    /// The conversation. Its `head` is 0 unless it had been started before; a `replay` follows this frame.
    pub conversation: Summary,
}

/// An entry was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Routed {
    /// Where.
    pub conversation: ConversationId,
    /// The sender's key.
    pub client_id: String,
    /// The gateway's id.
    pub id: EntryId,
    /// When it was taken.
    pub at: Millis,
}

/// An entry has its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Stored {
    /// Which log.
    pub conversation: ConversationId,
    /// Its place.
    pub seq: Seq,
    /// The id that it was stored under.
    pub id: EntryId,
    /// Who sent it; with `client_id` this names the pending entry that it settles.
    pub sender: Participant,
    /// The sender's key.
    pub client_id: String,
    /// When the gateway first took it.
    pub at: Millis,
}

/// A part of a conversation's log. The last page of a replay has `more: false`; live pushes come after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Replay {
    /// The conversation as it stands.
    pub summary: Summary,
    /// Whether to forget what is held of this log and begin with this page: there was no cursor, or it was unknown.
    pub reset: bool,
    /// The entries after the cursor, oldest first; each has its seq.
    pub entries: Vec<Entry>,
    /// Whether another page follows.
    pub more: bool,
    /// How far everybody has read; in the last page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<ReadReceipt>>", optional))]
    pub read: Vec<ReadReceipt>,
}

/// A page of older entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HistoryPage {
    /// Which log.
    pub conversation: ConversationId,
    /// The entries before the one asked for, oldest first.
    pub entries: Vec<Entry>,
    /// Whether there are older ones still.
    pub more: bool,
}

/// Somebody read up to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadBy {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub participant: Participant,
    /// Up to which entry.
    pub seq: Seq,
}

/// Somebody is typing, or stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TypingBy {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub participant: Participant,
    /// Whether they started or stopped.
    pub on: bool,
}

/// Who is there to answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Availability {
    /// Whether anybody is.
    pub online: bool,
    /// Some of those who are, at most 5; empty when avatars are switched off.
    pub agents: Vec<AgentCard>,
}

/// A page of the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct InboxPage {
    /// The conversations, newest first.
    pub conversations: Vec<Summary>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<InboxPlace>,
}
