//! Who takes part on one thread, what it is told, what it tells, and what it counts.

use std::time::{Duration, Instant};

use protocol::id::ConversationId;

use super::Of;
use crate::record::{Faults, Latency};
use crate::schedule::Schedule;
use crate::stage::Organization;
use crate::target::Target;
use crate::text::Texts;

/// Who takes part on one thread.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    pub(super) target: Target,
    pub(super) organization: Organization,
    pub(super) of: Of,
    /// The number of its first watcher within the run.
    pub(super) first: usize,
    pub(super) watchers: usize,
    /// Whether the writer is on this thread.
    pub(super) writes: bool,
    pub(super) texts: Texts,
}

/// What a thread is told.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// Watchers come: what they watch, the token of the visitor whose it is, and where its log stands.
    Watch { conversation: ConversationId, token: String, before: u64 },
    /// Messages are due by this schedule.
    Begin { schedule: Schedule, start: Instant, drain: Duration },
}

/// What a thread tells.
#[derive(Debug)]
pub(super) enum Tale {
    /// The conversation is there: its visitor's token, and where its log stands.
    Started(ConversationId, String, u64),
    /// All of the thread's watchers are there.
    Watching,
    /// What was seen in the last second.
    Glance(Latency),
    /// All is over.
    Over(Box<Counted>),
    /// It cannot go on.
    Failed(String),
}

impl Tale {
    /// One that should not come now, as an error.
    pub(super) fn unexpected(tale: Option<Self>) -> String {
        match tale {
            Some(Self::Failed(why)) => why,
            None => "the sockets' threads have ended early".into(),
            Some(Self::Started(..)) => "a thread began twice".into(),
            Some(Self::Watching) => "a thread's watchers came twice".into(),
            Some(Self::Glance(_) | Self::Over(_)) => "a thread began before it was told to".into(),
        }
    }
}

/// What was counted.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub(super) sent: u64,
    /// From the intended time until a watcher had it, of what was due while measuring, for each watcher.
    pub(super) seen: Latency,
    pub(super) late: Latency,
    /// Message times watcher.
    pub(super) seen_in_all: u64,
    pub(super) seen_while_measuring: u64,
    /// Frames that told of it: fewer than what was seen where summaries were merged.
    pub(super) pushes: u64,
    pub(super) faults: Faults,
    pub(super) busy: f64,
}

impl Counted {
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self {
            sent: 0,
            seen: Latency::new()?,
            late: Latency::new()?,
            seen_in_all: 0,
            seen_while_measuring: 0,
            pushes: 0,
            faults: Faults::default(),
            busy: 0.0,
        })
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.seen.merge(&other.seen);
        self.late.merge(&other.late);
        self.seen_in_all += other.seen_in_all;
        self.seen_while_measuring += other.seen_while_measuring;
        self.pushes += other.pushes;
        self.faults += other.faults;
        self.busy = self.busy.max(other.busy);
    }
}
