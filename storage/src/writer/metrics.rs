//! What a writer counts and measures, in the text form that Prometheus reads.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use super::Depth;

/// What the lanes and the indexer report.
pub(super) struct Metrics {
    registry: Mutex<Registry>,
    held_writes: Gauge,
    held_bytes: Gauge,
    batch_writes: Histogram,
    commit: Histogram,
    stored: Counter,
    duplicates: Counter,
    retries: Counter,
    rejected: Counter,
    deferred: Counter,
    index: Histogram,
    indexed: Counter,
    index_waiting: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        // Batches of 1 to 8,192 writes; times from a quarter of a millisecond to 8 s.
        let sizes = || Histogram::new(exponential_buckets(1.0, 2.0, 14));
        let times = || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("chatdesk_writer")),
            held_writes: Gauge::default(),
            held_bytes: Gauge::default(),
            batch_writes: sizes(),
            commit: times(),
            stored: Counter::default(),
            duplicates: Counter::default(),
            retries: Counter::default(),
            rejected: Counter::default(),
            deferred: Counter::default(),
            index: times(),
            indexed: Counter::default(),
            index_waiting: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = || Unit::Seconds;
        registry.register("held_writes", "Writes that were taken and are not settled", self.held_writes.clone());
        registry.register_with_unit("held", "Room that they take", Unit::Bytes, self.held_bytes.clone());
        registry.register("batch_writes", "Writes in a committed batch", self.batch_writes.clone());
        registry.register_with_unit(
            "commit",
            "From a batch's first statement to its commit",
            seconds(),
            self.commit.clone(),
        );
        registry.register("stored", "Entries that got their place", self.stored.clone());
        registry.register("duplicates", "Entries that had been stored before", self.duplicates.clone());
        registry.register("retries", "Batches that were tried again", self.retries.clone());
        registry.register("rejected", "Entries that can never be stored", self.rejected.clone());
        registry.register(
            "deferred",
            "Writes that were set aside because somebody else held their conversation's row",
            self.deferred.clone(),
        );
        registry.register_with_unit("index", "Making the words of some parts of logs", seconds(), self.index.clone());
        registry.register("indexed_parts", "Parts of logs whose words were made", self.indexed.clone());
        registry.register(
            "index_waiting_parts",
            "Parts of logs whose words are still to be made, of all gateways, as last counted",
            self.index_waiting.clone(),
        );
    }

    pub(super) fn committed(&self, writes: usize, took: Duration) {
        self.batch_writes.observe(writes as f64);
        self.commit.observe(took.as_secs_f64());
    }

    pub(super) fn stored(&self, stored: usize, duplicates: usize) {
        self.stored.inc_by(stored as u64);
        self.duplicates.inc_by(duplicates as u64);
    }

    pub(super) fn retried(&self) {
        self.retries.inc();
    }

    pub(super) fn rejected(&self, entries: usize) {
        self.rejected.inc_by(entries as u64);
    }

    pub(super) fn deferred(&self, writes: usize) {
        self.deferred.inc_by(writes as u64);
    }

    pub(super) fn indexed(&self, parts: usize, took: Duration) {
        self.indexed.inc_by(parts as u64);
        self.index.observe(took.as_secs_f64());
    }

    pub(super) fn index_waiting(&self, parts: i64) {
        self.index_waiting.set(parts);
    }

    /// Everything, as text in the OpenMetrics form.
    pub(super) fn text(&self, depth: Depth) -> Result<String, fmt::Error> {
        self.held_writes.set(i64::try_from(depth.entries).unwrap_or(i64::MAX));
        self.held_bytes.set(i64::try_from(depth.bytes).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }
}
