//! What is read of a gateway's frames while it is loaded: what has to be known, and no more, so that the generator costs less than
//! what it measures.

use protocol::frame::Op;
use protocol::id::{ConversationId, ParticipantId};
use serde::{Deserialize, Serialize};

/// Ops of frames that tell of somebody.
pub(super) const READ_BY: Op = 28;
pub(super) const TYPING_BY: Op = 33;

/// Whoever did something.
#[derive(Clone, Copy, Debug, Deserialize)]
struct By {
    id: ParticipantId,
}

/// `entry`, `stored`, `typing_by` and `read_by`, as far as they are looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    /// In which conversation.
    pub(super) conversation: ConversationId,
    sender: Option<By>,
    participant: Option<By>,
    /// The sender's name for it.
    pub(super) client_id: Option<String>,
    /// Its place in the log.
    pub(super) seq: Option<u64>,
    /// Whether somebody is typing.
    pub(super) on: Option<bool>,
}

impl Seen {
    /// Who did it.
    pub(super) fn sender(&self) -> Option<ParticipantId> {
        self.sender.or(self.participant).map(|by| by.id)
    }
}

/// An agent's `welcome`.
#[derive(Debug, Deserialize)]
pub(super) struct SeenWelcome {
    /// There, if it is an agent's.
    pub(super) agent: Option<SeenAgent>,
}

/// The agent.
#[derive(Debug, Deserialize)]
pub(super) struct SeenAgent {
    /// As a member of the organization.
    pub(super) member: SeenMember,
}

/// A member.
#[derive(Debug, Deserialize)]
pub(super) struct SeenMember {
    /// Who.
    pub(super) id: protocol::id::MemberId,
}

/// Which places of a log somebody's messages were told to have, as a sum that does not depend on the order: enough to hold a log
/// of any length against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Places {
    /// How many.
    pub(crate) count: u64,
    sum: u64,
}

impl Places {
    /// The message at `place` of its sender has `seq` in the log.
    pub(crate) fn add(&mut self, place: u64, seq: u64) {
        self.count += 1;
        // Mixed, so that two that changed places do not come to the same (the finish of SplitMix64).
        let mut mixed = place.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seq.wrapping_mul(0xd1b5_4a32_d192_ed03);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.sum = self.sum.wrapping_add(mixed ^ (mixed >> 31));
    }
}
