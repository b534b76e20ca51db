//! Writes that wait at the side, because somebody else holds their conversation's row: what comes for the same
//! conversation waits behind them, and everybody else's writes go on.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::append::log;
use super::batch::Log;
use super::lane::Queued;

/// The conversations that wait, each with its writes in their order.
pub(super) struct Aside {
    waiting: HashMap<Log, Waiting>,
    /// Those that are being tried again, with the pause that they had before.
    tried: HashMap<Log, Duration>,
    /// The first pause, and the longest: it doubles with each try.
    pauses: (Duration, Duration),
}

struct Waiting {
    writes: Vec<Queued>,
    pause: Duration,
    due: Instant,
}

impl Aside {
    pub(super) fn new(pauses: (Duration, Duration)) -> Self {
        Self { waiting: HashMap::new(), tried: HashMap::new(), pauses }
    }

    /// When the next is to be tried again; `None` when nothing waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.due).min()
    }

    /// Sets a write aside, behind those of its conversation.
    pub(super) fn put(&mut self, log: Log, write: Queued) {
        let (first, longest) = self.pauses;
        let pause = || self.tried.get(&log).map_or(first, |pause| (*pause * 2).min(longest));
        let waiting = self.waiting.entry(log).or_insert_with(|| {
            let pause = pause();
            Waiting { writes: Vec::new(), pause, due: Instant::now() + pause }
        });
        waiting.writes.push(write);
    }

    /// Sets those of a batch aside whose conversation waits, and returns the others.
    pub(super) fn divert(&mut self, batch: Vec<Queued>) -> Vec<Queued> {
        if self.waiting.is_empty() {
            return batch;
        }
        let mut others = Vec::with_capacity(batch.len());
        for queued in batch {
            match log(&queued.write).filter(|log| self.waiting.contains_key(log)) {
                Some(log) => self.put(log, queued),
                None => others.push(queued),
            }
        }
        others
    }

    /// Takes all writes of the conversations that are to be tried again now: until they are put back they do not wait.
    pub(super) fn take_due(&mut self) -> Vec<Queued> {
        let now = Instant::now();
        self.tried.clear();
        let mut writes = Vec::new();
        let due: Vec<Log> =
            self.waiting.iter().filter(|(_, waiting)| waiting.due <= now).map(|(log, _)| *log).collect();
        for log in due {
            if let Some(waiting) = self.waiting.remove(&log) {
                self.tried.insert(log, waiting.pause);
                writes.extend(waiting.writes);
            }
        }
        writes
    }

    /// What is put aside from now on was not tried before.
    pub(super) fn tried(&mut self) {
        self.tried.clear();
    }
}
