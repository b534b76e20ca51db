//! What a log holds: entries, and what each kind of them says.

use serde::{Deserialize, Serialize};

use super::{ConversationStatus, Millis, Participant, Priority, Seq};
use crate::id::{AttachmentId, ConversationId, EntryId, MemberId};

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A message that both sides see: `text`.
    Text,
    /// A note that only agents see: `text`. A visitor gets it as `hidden`.
    Note,
    /// A file that both sides see: `attachment`.
    Attachment,
    /// The conversation's status changed: `status`.
    Status,
    /// The conversation was given to an agent, or to nobody: `assignment`.
    Assignment,
    /// The visitor said how they liked it: `rating`.
    Rating,
    /// The conversation's urgency changed: `priority`. A visitor gets it as `hidden`.
    Priority,
    /// A placeholder for what the receiver may not see: keeps its log without gaps, and shows as nothing.
    Hidden,
    /// A kind from a later version: keep its seq, show nothing.
    #[serde(other)]
    Unknown,
}

impl EntryKind {
    /// Whether only agents see it: a visitor gets the placeholder.
    #[must_use]
    pub const fn is_for_agents(self) -> bool {
        matches!(self, Self::Note | Self::Priority)
    }
}

/// The content of an entry: its kind and the fields that this kind uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Content {
    /// Says which of the other fields are there.
    pub kind: EntryKind,
    /// 1 to 16,384 bytes of UTF-8 without NUL, for `text` and `note`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The new status, for `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ConversationStatus>,
    /// The file, for `attachment`. Of what a client sends only its `id` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// To whom, for `assignment`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Assignment>,
    /// The visitor's verdict, for `rating`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// The new urgency, for `priority`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

/// A file in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Attachment {
    /// Which one: the upload's id.
    pub id: AttachmentId,
    /// Its name, one line.
    #[serde(default)]
    pub name: String,
    /// Its length in bytes.
    #[serde(default)]
    pub size: u64,
    /// Its media type, such as `image/png`.
    #[serde(default, rename = "type")]
    pub media_type: String,
    /// Where to fetch it: a path on the gateway. Whoever has it may: treat it like the file.
    #[serde(default)]
    pub url: String,
}

/// Who has a conversation from here on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Assignment {
    /// Which agent; absent: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// Their name, filled in by the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How a visitor liked a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Rating {
    /// 1 (bad) to 5 (good).
    pub score: u8,
    /// In their words: 1 to 2,000 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Content {
    /// Nothing but its kind.
    fn of(kind: EntryKind) -> Self {
        Self { kind, text: None, status: None, attachment: None, assignment: None, rating: None, priority: None }
    }

    /// A message.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::of(EntryKind::Text) }
    }

    /// A note.
    #[must_use]
    pub fn note(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::of(EntryKind::Note) }
    }

    /// A file.
    #[must_use]
    pub fn attachment(attachment: Attachment) -> Self {
        Self { attachment: Some(attachment), ..Self::of(EntryKind::Attachment) }
    }

    /// A change of status.
    #[must_use]
    pub fn status(status: ConversationStatus) -> Self {
        Self { status: Some(status), ..Self::of(EntryKind::Status) }
    }

    /// A change of hands.
    #[must_use]
    pub fn assignment(member: Option<MemberId>) -> Self {
        Self { assignment: Some(Assignment { member, name: None }), ..Self::of(EntryKind::Assignment) }
    }

    /// A verdict.
    #[must_use]
    pub fn rating(score: u8, comment: Option<String>) -> Self {
        Self { rating: Some(Rating { score, comment }), ..Self::of(EntryKind::Rating) }
    }

    /// A change of urgency.
    #[must_use]
    pub fn priority(priority: Priority) -> Self {
        Self { priority: Some(priority), ..Self::of(EntryKind::Priority) }
    }

    /// The placeholder.
    #[must_use]
    pub fn hidden() -> Self {
        Self::of(EntryKind::Hidden)
    }

    /// The bytes of its texts, as far as a sender decides them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let text = self.text.as_ref().map_or(0, String::len);
        let file = self.attachment.as_ref().map_or(0, |file| file.name.len() + file.media_type.len() + file.url.len());
        let comment = self.rating.as_ref().and_then(|rating| rating.comment.as_ref()).map_or(0, String::len);
        text + file + comment
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
    /// The entry as a visitor may see it: what is for agents becomes the placeholder and loses its author's name. Its sender's id
    /// and `client_id` stay, because `stored` names entries by them.
    #[must_use]
    pub fn for_visitor(&self) -> Self {
        let mut entry = self.clone();
        if self.content.kind.is_for_agents() {
            entry.content = Content::hidden();
            entry.sender.name = None;
        }
        entry
    }
}
