//! Who is on the site, and what they hold of their conversations.

use std::collections::BTreeMap;
use std::time::Instant;

use protocol::id::ConversationId;
use protocol::value::Form;

use super::day::Visit;
use crate::arrive::log::{Key, Log};
use crate::engine::SocketId;
use crate::scenario::upload::file::Sent;

/// A visitor who is there, or whose network is away.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) visit: Visit,
    pub(super) socket: Option<SocketId>,
    /// How often they have connected: what is to be done later on a socket is not done on the next.
    pub(super) attempt: u32,
    pub(super) failures: u32,
    pub(super) welcomed: bool,
    pub(super) token: Option<String>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) log: Log,
    pub(super) page: u64,
    /// Messages that were written, and those of them that are stored, with their places.
    pub(super) said: u64,
    pub(super) told: Vec<(Key, u64)>,
    /// Whether the network has dropped.
    pub(super) dropped: bool,
    pub(super) sent: Option<Sent>,
    pub(super) leaving: bool,
    /// The form that is to be answered before a conversation.
    pub(super) form: Form,
    /// The message after whose answer they have decided what to do next.
    pub(super) asked: u64,
}

/// A conversation, as those who answer have it.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) followed: bool,
    pub(super) log: Log,
    /// Messages that were answered or will be, and answers that were sent.
    pub(super) seen: u64,
    pub(super) answered: u64,
    /// Answers that are stored, with their places.
    pub(super) told: Vec<(Key, u64)>,
    /// When each message that has not arrived, or not been stored, was due.
    pub(super) due: BTreeMap<Key, Instant>,
    pub(super) unstored: BTreeMap<Key, Instant>,
    /// From when to when the visitor's network was away; until now, if it still is.
    pub(super) away: Option<(Instant, Option<Instant>)>,
    /// What the visitor had when they left.
    pub(super) kept: Option<Kept>,
}

/// What a visitor held: the log, and the places that they were told of their own messages.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) log: Vec<Key>,
    pub(super) told: Vec<(Key, u64)>,
}
