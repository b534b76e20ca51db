//! What a client says: requests, and pushes that want no reply.

use serde::{Deserialize, Serialize};

use crate::frame::frames;
use crate::id::{ConversationId, DepartmentId};
use crate::limit;
use crate::value::{Answer, Content, FieldError, Head, Seq, check_client_id, check_limit, check_name, check_reported};

mod inbox;
mod search;
mod upload;
mod visitor;

pub use inbox::{Assigned, Inbox, InboxPlace, InboxSync, Known, SetAvailability, Unwatch, Watch, Watched};
pub use search::{Contacts, Search};
pub use upload::{Chunk, UploadAbort, UploadChunk, UploadOpen};
pub use visitor::{Identify, Page, Profile, Track, Transcript, Update};

frames! {
    /// A frame from a client.
    ClientFrame {
        /// The first frame on a socket: who this is. Answered with `welcome`, then a `replay` for each cursor.
        1 "hello" Hello,
        /// Asks for a `pong`: is the gateway still there?
        3 "ping" Ping,
        /// Answers the gateway's `ping`.
        4 "pong" Pong,
        /// Says who the visitor is, to the site. Answered with `identified`. Visitors only.
        10 "identify" Identify,
        /// Notes what is known of a visitor. Answered with `ok`.
        12 "update" Update,
        /// The visitor is on another page now. Answered with `ok`. Visitors only.
        13 "page" Page,
        /// Something happened that the site wants noted. Answered with `ok`. Visitors only.
        14 "track" Track,
        /// A visitor starts a conversation. Answered with `started` once its row is stored.
        16 "start" Start,
        /// Adds an entry to a conversation. Answered with `routed` at once, acknowledged by `stored`.
        18 "send" Send,
        /// Follows a conversation from a cursor. Answered with `replay` pages, then live pushes.
        22 "follow" Follow,
        /// Stops following. Answered with `ok`.
        24 "unfollow" Unfollow,
        /// A page of older entries. Answered with `history_page`.
        25 "history" History,
        /// Everything up to `seq` has been seen. Followers get `read_by`.
        27 "read" Read,
        /// Asks for a conversation as an e-mail. Answered with `ok` once it is to be sent. Visitors only.
        30 "transcript" Transcript,
        /// The sender is typing, or stopped. Followers get `typing_by`.
        32 "typing" Typing,
        /// Whether the agent takes conversations. Answered with `ok`. Agents only.
        35 "set_availability" SetAvailability,
        /// A page of the conversations that one may see, newest first. Answered with `inbox_page`.
        48 "inbox" Inbox,
        /// What has changed since in a list that was had before. Answered with `inbox_changes`. Agents only.
        51 "inbox_sync" InboxSync,
        /// Follows who is on the site. Answered with `visitors`, then live pushes. Agents only.
        53 "watch" Watch,
        /// Stops that. Answered with `ok`.
        54 "unwatch" Unwatch,
        /// All that is known of a visitor. Answered with `visitor_profile`. Agents only.
        58 "profile" Profile,
        /// Looks for entries by their words, newest first. Answered with `search_page`. Agents only.
        60 "search" Search,
        /// A page of those visitors of whom something is known. Answered with `contacts_page`. Agents only.
        62 "contacts" Contacts,
        /// Begins to upload a file, or goes on with it. Answered with `upload_ready`, or `upload_done`.
        64 "upload_open" UploadOpen,
        /// A part of a file, within the credit.
        66 "upload_chunk" UploadChunk,
        /// Gives an upload up. Answered with `ok`.
        69 "upload_abort" UploadAbort,
    }
}

impl ClientFrame {
    /// The rules of its fields, as far as they can be told without knowing who sent it.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        match self {
            Self::Hello(hello) => hello.check(),
            Self::Identify(identify) => identify.check(),
            Self::Update(update) => update.check(),
            Self::Page(page) => page.check(""),
            Self::Track(track) => track.check(),
            Self::Start(start) => start.check(),
            Self::Send(send) => send.check(),
            Self::Transcript(transcript) => transcript.check(),
            Self::Typing(typing) => typing.check(),
            Self::History(history) => history.check(),
            Self::Inbox(inbox) => inbox.check(),
            Self::InboxSync(sync) => sync.check(),
            Self::Search(search) => search.check(),
            Self::Contacts(contacts) => contacts.check(),
            Self::UploadOpen(open) => open.check(),
            Self::UploadChunk(chunk) => chunk.check(),
            Self::Ping(_)
            | Self::Pong(_)
            | Self::Follow(_)
            | Self::Unfollow(_)
            | Self::Read(_)
            | Self::SetAvailability(_)
            | Self::Watch(_)
            | Self::Unwatch(_)
            | Self::Profile(_)
            | Self::UploadAbort(_) => Ok(()),
        }
    }
}

/// Which side a client speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum HelloRole {
    /// A widget: needs `widget_key`.
    Visitor,
    /// A console or bot: needs a login's token, in `token` or in the handshake's cookie.
    Agent,
}

/// The first frame on a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Hello {
    /// Which side this is.
    pub role: HelloRole,
    /// The widget's public key, for a visitor; or the organization's id, which names its widget as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget_key: Option<String>,
    /// The session's token: a visitor's from an earlier `welcome`, an agent's from a login. A visitor without one
    /// gets a new session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Features of the protocol that this client understands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<String>>"))]
    pub features: Vec<String>,
    /// Name and version of the client, for the gateway's log: `widget/0.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The page that a visitor is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The conversations that this client has open, and how far it has each: at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<Cursor>>"))]
    pub resume: Vec<Cursor>,
}

/// How far a client has a conversation's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Cursor {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last seq up to which the client has every entry. Absent: send the latest page instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Seq>,
}

impl Hello {
    /// The rules of its fields; whether token and key are good is the gateway's to say.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        if self.resume.len() > limit::RESUME_CURSORS {
            let rule = format!("must be at most {} cursors", limit::RESUME_CURSORS);
            return Err(FieldError::new("resume", rule));
        }
        if self.role == HelloRole::Visitor && self.widget_key.is_none() {
            return Err(FieldError::new("widget_key", "is required for a visitor"));
        }
        for (field, text) in [("widget_key", &self.widget_key), ("token", &self.token), ("agent", &self.agent)] {
            if let Some(text) = text {
                check_name(field, text)?;
            }
        }
        self.page.as_ref().map_or(Ok(()), |page| page.check("page."))
    }
}

/// Asks for a `pong`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Ping {
    /// In a gateway's ping: how far the logs go that the socket follows, so that a client notices what it missed. At
    /// most 500 at a time; the others come with later pings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<Head>>", optional))]
    pub heads: Vec<Head>,
}

/// Answers a `ping`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Pong {}

/// Starts a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Start {
    /// The sender's idempotency key: the same one again answers with the same conversation.
    pub client_id: String,
    /// The department that the visitor chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
    /// The answers to the pre-chat form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<Answer>>"))]
    pub answers: Vec<Answer>,
}

impl Start {
    /// The rules of its fields, but for the answers, which the form decides.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_client_id("client_id", &self.client_id)
    }
}

/// Adds an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Send {
    /// To which conversation.
    pub conversation: ConversationId,
    /// The sender's idempotency key: a resend with the same one is stored once.
    pub client_id: String,
    /// What it says. Visitors may send `text`, `attachment`, `rating` and the status `resolved`; agents `text`,
    /// `note`, `attachment`, `status`, `assignment` and `priority`.
    pub content: Content,
}

impl Send {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_client_id("client_id", &self.client_id)?;
        self.content.check()
    }
}

/// Follows a conversation.
pub type Follow = Cursor;

/// Stops following a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unfollow {
    /// Which conversation.
    pub conversation: ConversationId,
}

/// Asks for older entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct History {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Entries with a smaller seq than this one.
    pub before: Seq,
    /// At most so many, 1 to 100; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl History {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_limit(self.limit, limit::PAGE_ENTRIES)
    }
}

/// Says how far the sender has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Read {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last entry seen. Smaller than an earlier one: ignored. Beyond the head: taken as the head.
    pub seq: Seq,
}

/// Says that the sender is typing. Forgotten by receivers after 6 s without another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Typing {
    /// Where.
    pub conversation: ConversationId,
    /// Whether they started or stopped.
    pub on: bool,
    /// What a visitor has typed so far, when `welcome.visitor.settings.draft_preview` asks for it: at most 2,000 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
}

impl Typing {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        self.draft.as_ref().map_or(Ok(()), |draft| check_reported("draft", draft))
    }
}
