//! What a dialect can do and tell.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use super::lanes::Lanes;
use super::{Mark, Share, Side, Who};
use crate::engine::{Io, Kind, SocketId};

/// What stands behind a thread's conversations, whatever their dialect.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) share: Share,
    pub(super) visitors: Vec<Option<SocketId>>,
    pub(super) agents: Vec<Option<SocketId>>,
    pub(super) lanes: Lanes,
    /// Sockets that are ready since the last look.
    pub(super) ready: Vec<Who>,
    /// What is put off, the soonest first. The number keeps what is due at once in order.
    pub(super) later: BinaryHeap<Reverse<(Instant, u64, Who)>>,
    pub(super) put_off: u64,
    /// Whether there is more than messages.
    pub(super) beside: bool,
    /// Why the run cannot go on.
    pub(super) failure: Option<String>,
}

impl Ground {
    pub(super) fn socket(&self, who: Who) -> Option<SocketId> {
        match who {
            Who::Visitor(visitor) => self.visitors.get(visitor).copied().flatten(),
            Who::Agent(agent) => self.agents.get(agent).copied().flatten(),
        }
    }
}

/// What a dialect can do and tell, while it is called.
#[derive(Debug)]
pub(crate) struct Out<'a> {
    pub(super) io: &'a mut Io,
    pub(super) ground: &'a mut Ground,
}

impl Out<'_> {
    /// Sends a message.
    pub(crate) fn send(&mut self, who: Who, kind: Kind, payload: &[u8]) {
        if let Some(socket) = self.ground.socket(who) {
            self.io.send(socket, kind, payload);
        }
    }

    /// Whether there is more than messages in this stretch: receipts, for example.
    pub(crate) fn beside(&self) -> bool {
        self.ground.beside
    }

    /// A socket has introduced itself.
    pub(crate) fn ready(&mut self, who: Who) {
        self.ground.ready.push(who);
    }

    /// [`super::Dialect::later`] shall be called for it after `wait`.
    pub(crate) fn later(&mut self, who: Who, wait: Duration) {
        let at = self.io.now() + wait;
        self.ground.put_off += 1;
        self.ground.later.push(Reverse((at, self.ground.put_off, who)));
    }

    /// A message of `from` in a pair's conversation arrived at the other side.
    pub(crate) fn arrived(&mut self, pair: usize, from: Side, mark: Mark) {
        let at = self.io.now();
        self.ground.lanes.arrived(pair, from, mark, at);
    }

    /// `at` was told that a message of `from` is stored. Where `at` is the sender, that acknowledges it.
    pub(crate) fn stored(&mut self, pair: usize, at: Side, from: Side, place: u64) {
        let now = self.io.now();
        self.ground.lanes.stored(pair, at, from, place, now);
    }

    /// A log without gaps: it stood at `head` when `at` began to follow it.
    pub(crate) fn head(&mut self, pair: usize, at: Side, head: u64) {
        self.ground.lanes.head(pair, at, head);
    }

    /// `at` was told of the log's entry `seq`, which must follow the one before.
    pub(crate) fn seq(&mut self, pair: usize, at: Side, seq: u64) {
        self.ground.lanes.seq(pair, at, seq);
    }

    /// Something came to a socket that it was not meant for, or that nobody sent.
    pub(crate) fn stray(&mut self) {
        self.ground.lanes.stray();
    }

    /// Something was refused, by the code that the server names.
    pub(crate) fn refused(&mut self, code: &str) {
        self.ground.lanes.refused(code);
    }

    /// Counts something that is neither measured nor checked, such as typing frames beside messages.
    pub(crate) fn count(&mut self, what: &'static str) {
        self.ground.lanes.count(what);
    }

    /// The run cannot go on.
    pub(crate) fn fail(&mut self, why: String) {
        self.ground.failure.get_or_insert(why);
    }
}
