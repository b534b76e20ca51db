//! What a session has looked up and need not look up again.

use std::collections::HashMap;

use protocol::id::{ConversationId, MemberId};

use crate::service::conversation::Access;

/// Conversations that a session remembers it may see. Past it, all are looked up anew.
const CONVERSATIONS: usize = 10_000;
/// Members whose names it remembers, likewise.
const MEMBERS: usize = 1_000;

/// What a session has looked up. Whoever the session stands for, all of it is theirs.
#[allow(clippy::box_collection, reason = "a map takes 48 bytes where it is held, and most sockets never have this one")]
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The conversation that was remembered first: a visitor's session rarely knows another.
    first: Option<Access>,
    others: Option<Box<HashMap<ConversationId, Access>>>,
    members: Option<Box<HashMap<MemberId, String>>>,
}

impl Known {
    /// What the session may do in a conversation.
    pub(super) fn access(&self, conversation: ConversationId) -> Option<Access> {
        match self.first {
            Some(first) if first.conversation == conversation => Some(first),
            _ => self.others.as_ref().and_then(|others| others.get(&conversation).copied()),
        }
    }

    /// Remembers that.
    pub(super) fn remember(&mut self, access: Access) {
        match &mut self.first {
            Some(first) if first.conversation != access.conversation => {
                let others = self.others.get_or_insert_default();
                if others.len() >= CONVERSATIONS {
                    others.clear();
                }
                others.insert(access.conversation, access);
            }
            first => *first = Some(access),
        }
    }

    /// Forgets it.
    pub(super) fn forget(&mut self, conversation: ConversationId) {
        self.first.take_if(|first| first.conversation == conversation);
        if let Some(others) = &mut self.others {
            others.remove(&conversation);
        }
    }

    /// A member's name.
    pub(super) fn member(&self, member: MemberId) -> Option<String> {
        self.members.as_ref().and_then(|members| members.get(&member).cloned())
    }

    /// Remembers that.
    pub(super) fn remember_member(&mut self, member: MemberId, name: String) {
        let members = self.members.get_or_insert_default();
        if members.len() >= MEMBERS {
            members.clear();
        }
        members.insert(member, name);
    }
}
