//! What is to happen on the site, how far it is, and what came of it.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::day::{Day, Shares};
use crate::arrive::log::Faults;
use crate::record::Latency;
use crate::scenario::upload::file::File;
use crate::stage::Organization;
use crate::target::Target;
use crate::text::Texts;

/// What is to happen.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) target: Target,
    pub(super) organization: Organization,
    pub(super) begin: Instant,
    pub(super) day: Day,
    pub(super) visits: u64,
    pub(super) shares: Shares,
    pub(super) agents: usize,
    /// Mean seconds on a page, and before a visitor writes.
    pub(super) dwell: Duration,
    /// Mean seconds before an agent answers.
    pub(super) think: Duration,
    /// How long a dropped network is away.
    pub(super) away: Duration,
    /// When those who are still there are given up.
    pub(super) end: Instant,
    pub(super) texts: Arc<Texts>,
    /// What is sent by who sends a file.
    pub(super) file: File,
}

/// Latencies of the last moments.
#[derive(Debug)]
pub(super) struct Recent {
    pub(super) welcome: Latency,
    pub(super) routed: Latency,
    pub(super) stored: Latency,
}

/// How far it is, for whoever watches.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) came: AtomicU64,
    pub(super) left: AtomicU64,
    pub(super) messages: AtomicU64,
    /// Taken by the watcher some times a second, and otherwise by the world only.
    pub(super) recent: Mutex<Recent>,
}

/// Everything that came of the day.
#[derive(Debug)]
pub(super) struct Came {
    /// From when somebody was due until they were welcomed.
    pub(super) welcome: Latency,
    /// From when a message was due until the other side had it, and until its sender was told that it is stored.
    pub(super) routed: Latency,
    pub(super) stored: Latency,
    /// The same two of messages that were under way, or written, while the network was away.
    pub(super) over_drop: Latency,
    /// From when a file was due until it was whole.
    pub(super) file: Latency,
    /// How late the generator was with visitors and messages.
    pub(super) late: Latency,
    pub(super) visits: u64,
    pub(super) pages: u64,
    pub(super) chats: u64,
    pub(super) messages: u64,
    pub(super) files: u64,
    pub(super) drops: u64,
    pub(super) again: u64,
    pub(super) mended: u64,
    pub(super) unfinished: u64,
    pub(super) faults: Faults,
    pub(super) failed: u64,
    pub(super) failures: Vec<String>,
}

impl Recent {
    /// None yet.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self { welcome: Latency::new()?, routed: Latency::new()?, stored: Latency::new()? })
    }
}

impl Progress {
    /// Nothing yet.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new() -> Result<Self, String> {
        let recent = Mutex::new(Recent::new()?);
        Ok(Self { came: AtomicU64::new(0), left: AtomicU64::new(0), messages: AtomicU64::new(0), recent })
    }
}

impl Came {
    /// Nothing yet.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self {
            welcome: Latency::new()?,
            routed: Latency::new()?,
            stored: Latency::new()?,
            over_drop: Latency::new()?,
            file: Latency::new()?,
            late: Latency::new()?,
            visits: 0,
            pages: 0,
            chats: 0,
            messages: 0,
            files: 0,
            drops: 0,
            again: 0,
            mended: 0,
            unfinished: 0,
            faults: Faults::default(),
            failed: 0,
            failures: Vec::new(),
        })
    }
}
