//! What latest-wins frames are about.

use protocol::id::{ConversationId, MemberId, OrganizationId, ParticipantId, VisitorId};

/// What a latest-wins frame is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// Whether somebody is typing in a conversation.
    Typing(ConversationId, ParticipantId),
    /// How far somebody has read a conversation.
    ReadBy(ConversationId, ParticipantId),
    /// A conversation's summary.
    Summary(ConversationId),
    /// Who is there to answer.
    Availability(OrganizationId),
    /// Whether a member is here, and what they chose.
    Presence(MemberId),
    /// Where a visitor is on the site.
    LiveVisitor(VisitorId),
}

impl Key {
    /// Whether losing it is harmless, because it is about this moment only.
    pub(super) const fn passing(self) -> bool {
        matches!(self, Self::Typing(..) | Self::LiveVisitor(_))
    }
}
