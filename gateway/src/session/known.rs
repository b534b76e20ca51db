//! What a session has looked up and need not look up again.

use std::collections::HashMap;

use protocol::id::{ConversationId, MemberId};

use crate::service::conversation::Access;

/// Conversations that a session remembers it may see. Past it, all are looked up anew.
const CONVERSATIONS: usize = 10_000;
/// Members whose names it remembers, likewise.
const MEMBERS: usize = 1_000;

/// What a session has looked up. Whoever the session stands for, all of it is theirs.
#[derive(Debug, Default)]
pub(super) struct Known {
    conversations: HashMap<ConversationId, Access>,
    members: HashMap<MemberId, String>,
}

impl Known {
    /// What the session may do in a conversation.
    pub(super) fn access(&self, conversation: ConversationId) -> Option<Access> {
        self.conversations.get(&conversation).copied()
    }

    /// Remembers that.
    pub(super) fn remember(&mut self, access: Access) {
        if self.conversations.len() >= CONVERSATIONS {
            self.conversations.clear();
        }
        self.conversations.insert(access.conversation, access);
    }

    /// Forgets it.
    pub(super) fn forget(&mut self, conversation: ConversationId) {
        self.conversations.remove(&conversation);
    }

    /// A member's name.
    pub(super) fn member(&self, member: MemberId) -> Option<String> {
        self.members.get(&member).cloned()
    }

    /// Remembers that.
    pub(super) fn remember_member(&mut self, member: MemberId, name: String) {
        if self.members.len() >= MEMBERS {
            self.members.clear();
        }
        self.members.insert(member, name);
    }
}
