//! What a gateway says: replies, which carry their request's ref, and pushes, which carry 0.

use serde::{Deserialize, Serialize};

use crate::client::InboxPlace;
pub use crate::client::{Ping, Pong};
pub use crate::frame::Error;
use crate::frame::frames;
use crate::id::{ConversationId, EntryId};
use crate::value::{
    AgentCard, Colleague, Entry, InboxCounts, LiveVisitor, Millis, Participant, ReadReceipt, Seq, Summary,
    VisitorProfile,
};

mod search;
mod upload;
mod visitor;
mod welcome;

pub use search::{ContactsPage, SearchPage};
pub use upload::{UploadCredit, UploadDone, UploadReady};
pub use visitor::{Identified, VisitorLeft, Visitors};
pub use welcome::{AgentWelcome, Limits, SharedLimits, VisitorWelcome, Welcome};

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
        /// Too much came at once: what comes before `retry_ms` have passed will be refused.
        8 "throttle" Throttle,
        /// Answers `identify`.
        11 "identified" Identified,
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
        /// A colleague came, went, or chose otherwise. Pushed to agents.
        36 "presence" Colleague,
        /// Answers `inbox`.
        49 "inbox_page" InboxPage,
        /// A conversation of the organization changed, or is new. Pushed to agents.
        50 "summary" Summary,
        /// Answers `inbox_sync`.
        52 "inbox_changes" InboxChanges,
        /// Answers `watch`: who is on the site.
        55 "visitors" Visitors,
        /// Somebody came to the site, went to another page, or is known better. Pushed to those who watch.
        56 "live_visitor" LiveVisitor,
        /// Somebody left the site. Pushed to those who watch.
        57 "visitor_left" VisitorLeft,
        /// Answers `profile`.
        59 "visitor_profile" VisitorProfile,
        /// Answers `search`.
        61 "search_page" SearchPage,
        /// Answers `contacts`.
        63 "contacts_page" ContactsPage,
        /// Answers `upload_open`: send from here on.
        65 "upload_ready" UploadReady,
        /// The gateway has so much of a file, and takes so much more.
        67 "upload_credit" UploadCredit,
        /// A file is whole, and can be sent as an entry.
        68 "upload_done" UploadDone,
        /// A conversation is not there any more, and nobody follows it from here on. Pushed to agents and to its followers.
        70 "gone" Gone,
    }
}

/// The socket will be closed soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Goaway {
    /// Connect again after a random time up to this, in milliseconds, so that not all come at once.
    pub within_ms: u32,
}

/// A bucket is empty: of this session, of its address or of its organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Throttle {
    /// Whose.
    pub scope: Scope,
    /// When it takes the next frame, in milliseconds: send nothing before.
    pub retry_ms: u32,
}

/// Who shares a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The sockets of one widget session or login.
    Session,
    /// All that come from one address.
    Address,
    /// All of one organization.
    Organization,
    /// A scope of a later version.
    #[serde(other)]
    Unknown,
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
    /// What a visitor has typed so far. Only agents get it, and only where the organization wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub draft: Option<String>,
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

/// A page of conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct InboxPage {
    /// The conversations, newest first.
    pub conversations: Vec<Summary>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<InboxPlace>,
    /// How many conversations there are of each kind: for agents, with the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<InboxCounts>,
}

/// What has changed in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct InboxChanges {
    /// Conversations that are new to the list, or further than it knows them: oldest `updated_at` first.
    pub changed: Vec<Summary>,
    /// Conversations that are not there any more.
    pub gone: Vec<ConversationId>,
    /// Whether there are more: ask again, with these among the known.
    pub more: bool,
}

/// A conversation was erased: forget it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Gone {
    /// Which one.
    pub conversation: ConversationId,
}
