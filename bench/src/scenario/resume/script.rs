//! What is to happen, how far it is, and what came of it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crate::record::Latency;
use crate::stage::Organization;
use crate::target::Target;
use crate::text::Texts;

/// What is to happen.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) target: Target,
    pub(super) organization: Organization,
    pub(super) clients: usize,
    pub(super) agents: usize,
    /// What each client writes before it is cut off.
    pub(super) entries: u64,
    /// What agents write a second, together.
    pub(super) rate: f64,
    pub(super) texts: Arc<Texts>,
}

/// What the world is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Agents begin to write.
    Write,
    /// All clients lose their sockets.
    Cut,
    /// All clients come back.
    Return,
    /// Agents stop; when all has been acknowledged and everybody has it, or at this time, the world is done.
    Finish(Instant),
}

/// How far it is, for whoever watches.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Clients that are ready to be cut off.
    pub(super) ready: AtomicU64,
    /// Clients that were welcomed again.
    pub(super) welcomed: AtomicU64,
    /// Clients that have everything again.
    pub(super) whole: AtomicU64,
    /// What agents have sent.
    pub(super) written: AtomicU64,
    /// What of that was acknowledged.
    pub(super) acknowledged: AtomicU64,
}

/// Everything that came of it.
#[derive(Debug)]
pub(super) struct Came {
    /// From the moment when all were to come back until each was welcomed, and until each had everything.
    pub(super) welcome: Latency,
    pub(super) whole: Latency,
    /// From the first that came back until the last had everything.
    pub(super) took: Option<Duration>,
    /// Sockets that could not be had at once, or were lost again, and hellos and follows that were refused for the moment.
    pub(super) again: u64,
    /// Gaps that were noticed and mended.
    pub(super) mended: u64,
    /// Frames that broke a promise, and requests that were refused for good.
    pub(super) failed: u64,
    /// The first of those, in words.
    pub(super) failures: Vec<String>,
}
