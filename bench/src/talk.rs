//! Conversations under load, whoever the server is: pairs of a visitor and an agent who follows them, messages by a schedule that
//! is fixed beforehand, each checked when it arrives (once, in order, in the right place) and timed from when it was due.
//!
//! What is particular to a server is its [`Dialect`]. A [`Crew`] runs it on as many threads as are wanted: it opens the
//! sockets once, and then as many [`Stretch`]es of load as one likes, each with its own rate.
//!
//! Visitors are opened first, each until its dialect calls it ready, and then the agents. All messages of one sender in one
//! conversation are a lane: the visitors' lanes, and where agents answer as many of theirs. Lanes send in turn.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::Connect;
use chatdesk::Log;

pub(crate) mod chatdesk;
mod crew;
mod lanes;
mod measure;
mod out;
pub(crate) mod search;
mod tally;
mod worker;
mod world;

pub(crate) use crew::Crew;
pub(crate) use measure::{Look, Looks, Measured, measure};
pub(crate) use out::Out;
pub(crate) use search::{Limit, Search, at, capacity};
pub(crate) use tally::Tally;
pub(crate) use worker::TalkWorker;

/// Which end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// The visitor.
    Visitor,
    /// The agent, who follows.
    Agent,
}

impl Side {
    /// The one at the other end.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Visitor => Self::Agent,
            Self::Agent => Self::Visitor,
        }
    }
}

/// Whose socket it is. Both are counted from 0 within a thread: pair `p` is visitor `p`'s conversation, and agent `a` follows
/// the pairs that [`Share::pairs_of`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    /// A visitor.
    Visitor(usize),
    /// An agent.
    Agent(usize),
}

/// What of a run's conversations one thread has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Share {
    /// The number of its first pair within the run: what names are made of that must be different in all threads.
    pub(crate) first: usize,
    /// How many pairs it has.
    pub(crate) pairs: usize,
    /// How many of them share one agent's socket.
    pub(crate) visitors_per_agent: usize,
}

impl Share {
    /// How many agents it has.
    pub(crate) fn agents(&self) -> usize {
        self.pairs.div_ceil(self.visitors_per_agent.max(1))
    }

    /// The pairs that an agent follows.
    pub(crate) fn pairs_of(&self, agent: usize) -> std::ops::Range<usize> {
        let first = agent * self.visitors_per_agent;
        first..(first + self.visitors_per_agent).min(self.pairs)
    }

    /// The agent who follows a pair.
    pub(crate) fn agent_of(&self, pair: usize) -> usize {
        pair / self.visitors_per_agent.max(1)
    }

    /// Who sends in a pair's conversation from a side.
    pub(crate) fn who(&self, pair: usize, side: Side) -> Who {
        match side {
            Side::Visitor => Who::Visitor(pair),
            Side::Agent => Who::Agent(self.agent_of(pair)),
        }
    }
}

/// What happens in the conversations, and what is promised of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plot {
    /// Whether agents send half of the messages.
    pub(crate) answers: bool,
    /// Whether the sender of each message is told that it is stored.
    pub(crate) acknowledged: bool,
    /// Whether the other side is told too.
    pub(crate) told: bool,
    /// Whether the server may pass on the newest only of what waits ([`Mark::Says`]).
    pub(crate) merges: bool,
    /// How often [`Dialect::prelude`] is called before each message.
    pub(crate) preludes: u32,
}

/// A message that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// In whose conversation.
    pub(crate) pair: usize,
    /// Who sends it.
    pub(crate) from: Side,
    /// Which of its sender's messages in this conversation it is, from 0: what it must carry, so that it is known again.
    pub(crate) place: u64,
}

/// How an arriving message is known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It carries its [`Message::place`].
    Place(u64),
    /// It carries a bit only, which the sender set by [`crate::record::typing::on`] of its place.
    Says(bool),
}

/// What is particular to a server: how sockets introduce themselves, how a message is written, and what comes back means. One
/// value serves all sockets of a thread.
pub(crate) trait Dialect: Send + 'static {
    /// Where a socket connects.
    fn connect(&self, who: Who) -> Connect;

    /// The socket is open: it introduces itself. When the server has answered all that has to be, [`Out::ready`] is called for it,
    /// here or in [`Dialect::heard`].
    fn opened(&mut self, who: Who, out: &mut Out<'_>);

    /// Sends a message that is due.
    fn write(&mut self, message: Message, out: &mut Out<'_>);

    /// A WebSocket message came. What it means is told to `out`.
    fn heard(&mut self, who: Who, payload: &[u8], out: &mut Out<'_>);

    /// The time that [`Out::later`] named has come.
    fn later(&mut self, _who: Who, _out: &mut Out<'_>) {}

    /// A message is due soon ([`Plot::prelude`]): somebody begins to type it.
    fn prelude(&mut self, _message: Message, _out: &mut Out<'_>) {}

    /// What the server's logs must hold in the end, if it keeps any that can be read.
    fn logs(&self) -> Vec<Log> {
        Vec::new()
    }

    /// Sends the last words of a socket that will be closed, if the protocol has any.
    fn goodbye(&mut self, _who: Who, _out: &mut Out<'_>) {}
}

/// A stretch of load with one rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    /// Messages a second, of all lanes together.
    pub(crate) rate: f64,
    /// Before what is measured.
    pub(crate) warmup: Duration,
    /// What is measured.
    pub(crate) measure: Duration,
    /// The longest that is waited, after the last message, for all to arrive.
    pub(crate) drain: Duration,
}
