//! Which conversations a socket follows, for the heads in its pings.

use protocol::id::{ConversationId, OrganizationId};

/// The conversations that one socket follows: all of one organization. A socket that follows none has none of this.
#[derive(Debug)]
pub struct Followed {
    organization: OrganizationId,
    conversations: Vec<ConversationId>,
    /// Where the next turn begins.
    next: usize,
}

impl Followed {
    /// Nothing yet.
    pub(super) fn of(organization: OrganizationId) -> Self {
        Self { organization, conversations: Vec::with_capacity(1), next: 0 }
    }

    /// One more, unless it is there.
    pub(super) fn add(&mut self, conversation: ConversationId) {
        if !self.conversations.contains(&conversation) {
            self.conversations.push(conversation);
        }
    }

    /// One fewer; whether none is left.
    pub(super) fn remove(&mut self, conversation: ConversationId) -> bool {
        if let Some(at) = self.conversations.iter().position(|followed| *followed == conversation) {
            self.conversations.swap_remove(at);
        }
        self.conversations.is_empty()
    }

    /// Whose they are.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Up to `most` of them: those that follow on the ones of the turn before, round and round.
    pub fn turn(&mut self, most: usize) -> Vec<ConversationId> {
        let count = self.conversations.len();
        let taken = most.min(count);
        let begin = if self.next < count { self.next } else { 0 };
        self.next = begin + taken;
        if self.next >= count {
            self.next -= count;
        }
        self.conversations.iter().cycle().skip(begin).take(taken).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_go_round_and_leave_none_out() {
        let mut followed = Followed::of(OrganizationId::generate());
        let all: Vec<_> = (0..5).map(|_| ConversationId::generate()).collect();
        all.iter().for_each(|conversation| followed.add(*conversation));
        followed.add(all[0]);
        assert_eq!(followed.turn(2), [all[0], all[1]]);
        assert_eq!(followed.turn(2), [all[2], all[3]]);
        assert_eq!(followed.turn(2), [all[4], all[0]]);
        assert_eq!(followed.turn(9), [all[1], all[2], all[3], all[4], all[0]]);
        for conversation in &all[1..] {
            assert!(!followed.remove(*conversation));
        }
        assert_eq!(followed.turn(2), [all[0]]);
        assert!(followed.remove(all[0]));
    }
}
