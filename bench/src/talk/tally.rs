//! What a stretch came to: of one thread, and added up of all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::{Faults, Latency};

/// What a stretch of load came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Messages that were to be sent.
    pub(crate) scheduled: u64,
    /// Messages that were sent.
    pub(crate) sent: u64,
    /// Messages that arrived.
    pub(crate) arrived: u64,
    /// Messages whose sender was told that they are stored.
    pub(crate) acknowledged: u64,
    /// Messages that were replaced by a newer one before they were passed on.
    pub(crate) merged: u64,
    /// Messages that were done soon after the last was due: that had arrived, or were replaced by one that had, and where they
    /// are acknowledged, were.
    pub(crate) in_time: u64,
    /// Arrived between the begin and the end of measuring, whenever they were due.
    pub(crate) routed_while_measuring: u64,
    /// Acknowledged between the begin and the end of measuring.
    pub(crate) stored_while_measuring: u64,
    /// From the intended time until it arrived, of messages that were due while measuring.
    pub(crate) routed: Latency,
    /// From the intended time until its sender was told that it is stored.
    pub(crate) stored: Latency,
    /// From the intended time until the generator handed it to its socket.
    pub(crate) late: Latency,
    /// Whether messages may be merged at all.
    pub(crate) merges: bool,
    /// Whether messages are acknowledged at all.
    pub(crate) acknowledges: bool,
    /// Whether the other side is told that they are stored.
    pub(crate) tells: bool,
    /// What went wrong on the way.
    pub(crate) routed_faults: Faults,
    /// What went wrong with the storing, as senders were told.
    pub(crate) stored_faults: Faults,
    /// What went wrong with the storing, as others were told.
    pub(crate) told_faults: Faults,
    /// Requests that were refused, by the server's code.
    pub(crate) refused: BTreeMap<String, u64>,
    /// What was counted beside the messages.
    pub(crate) beside: BTreeMap<String, u64>,
    /// Share of the time in which the busiest thread of the generator was at work, from 0 to 1.
    pub(crate) busy: f64,
}

impl Tally {
    /// Nothing yet.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(crate) fn new() -> Result<Self, String> {
        Ok(Self {
            scheduled: 0,
            sent: 0,
            arrived: 0,
            acknowledged: 0,
            merged: 0,
            in_time: 0,
            routed_while_measuring: 0,
            stored_while_measuring: 0,
            routed: Latency::new()?,
            stored: Latency::new()?,
            late: Latency::new()?,
            merges: false,
            acknowledges: false,
            tells: false,
            routed_faults: Faults::default(),
            stored_faults: Faults::default(),
            told_faults: Faults::default(),
            refused: BTreeMap::new(),
            beside: BTreeMap::new(),
            busy: 0.0,
        })
    }

    /// Adds what another thread, or another stretch, came to.
    pub(crate) fn add(&mut self, other: &Self) {
        self.scheduled += other.scheduled;
        self.sent += other.sent;
        self.arrived += other.arrived;
        self.acknowledged += other.acknowledged;
        self.merged += other.merged;
        self.in_time += other.in_time;
        self.routed_while_measuring += other.routed_while_measuring;
        self.stored_while_measuring += other.stored_while_measuring;
        self.routed.merge(&other.routed);
        self.stored.merge(&other.stored);
        self.late.merge(&other.late);
        self.merges |= other.merges;
        self.acknowledges |= other.acknowledges;
        self.tells |= other.tells;
        self.routed_faults += other.routed_faults;
        self.stored_faults += other.stored_faults;
        self.told_faults += other.told_faults;
        for (sums, parts) in [(&mut self.refused, &other.refused), (&mut self.beside, &other.beside)] {
            for (name, count) in parts {
                *sums.entry(name.clone()).or_default() += count;
            }
        }
        self.busy = self.busy.max(other.busy);
    }
}
