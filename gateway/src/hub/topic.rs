//! What can be followed, and what is published to it.

use bytes::Bytes;
use protocol::id::{ConversationId, OrganizationId};

use super::{Haste, Key};

/// What can be followed. Whatever frames are published to belongs to one organization, so that none can cross tenants by
/// a forged id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A conversation: its entries, acknowledgements, receipts and typing.
    Conversation(OrganizationId, ConversationId),
    /// The organization's inbox: summaries, and its agents' presence.
    Inbox(OrganizationId),
    /// The organization's widgets: availability.
    Widgets(OrganizationId),
    /// Who is on the organization's site.
    Visitors(OrganizationId),
    /// Everything that one widget session or login opened, by its token's hash: closed when that ends, or stands for
    /// somebody else.
    Session([u8; 32]),
}

/// Which view of a frame a follower gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A visitor: no notes, no answers, no drafts.
    Visitor,
    /// A member of the organization.
    Agent,
}

/// A frame to be published: its bytes for each audience, and how it may be queued.
#[derive(Clone, Debug)]
pub struct Publication {
    pub(super) visitor: Bytes,
    pub(super) agent: Bytes,
    pub(super) queued: Queued,
    pub(super) haste: Haste,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Queued {
    /// Kept in order, never dropped: the socket is closed before that.
    Durable,
    /// Only the newest with its key matters.
    Latest(Key),
}

impl Publication {
    /// A durable frame that looks the same to everybody.
    #[must_use]
    pub fn durable(frame: Bytes) -> Self {
        Self::durable_for(frame.clone(), frame)
    }

    /// A durable frame with a visitor's view of its own.
    #[must_use]
    pub fn durable_for(visitor: Bytes, agent: Bytes) -> Self {
        Self { visitor, agent, queued: Queued::Durable, haste: Haste::Now }
    }

    /// A frame that replaces an unsent earlier one with the same key.
    #[must_use]
    pub fn latest(key: Key, frame: Bytes) -> Self {
        Self::latest_for(key, frame.clone(), frame)
    }

    /// The same, with a visitor's view of its own.
    #[must_use]
    pub fn latest_for(key: Key, visitor: Bytes, agent: Bytes) -> Self {
        Self { visitor, agent, queued: Queued::Latest(key), haste: Haste::Now }
    }

    /// Nobody waits for it: it goes out with what its sockets are told next, or a little later.
    #[must_use]
    pub fn unhurried(self) -> Self {
        Self { haste: Haste::Later, ..self }
    }
}
