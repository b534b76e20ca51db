//! What long work says of how far it is, on standard error.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it says so.
const EVERY: Duration = Duration::from_secs(5);
/// A mebibyte.
const MIB: u64 = 1024 * 1024;

/// One piece of work.
pub(super) struct Progress {
    what: &'static str,
    said: Cell<Instant>,
}

impl Progress {
    /// Says that it begins.
    pub(super) fn begin(what: &'static str) -> Self {
        eprintln!("{what}");
        Self { what, said: Cell::new(Instant::now()) }
    }

    /// Says how much is done, unless that was said just before.
    pub(super) fn at(&self, bytes: u64) {
        if self.said.get().elapsed() >= EVERY {
            eprintln!("{}: {} MiB", self.what, bytes / MIB);
            self.said.set(Instant::now());
        }
    }

    /// Waits for work that writes a file, and says how long that is.
    pub(super) async fn watch_file<T>(&self, file: &Path, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let mut turns = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = turns.tick() => self.at(std::fs::metadata(file).map_or(0, |file| file.len())),
            }
        }
    }

    /// Waits for work of which nothing can be seen, and says that it goes on.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let began = Instant::now();
        let mut turns = tokio::time::interval(EVERY);
        turns.tick().await;
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = turns.tick() => eprintln!("{}: for {} s", self.what, began.elapsed().as_secs()),
            }
        }
    }
}
