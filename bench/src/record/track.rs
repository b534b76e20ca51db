//! Did everything arrive, once and in order? One track follows one visitor's messages at one place where they arrive.

use std::collections::BTreeSet;
use std::ops::{AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// What went wrong, counted in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Faults {
    /// Sent, and not arrived before the drain was over.
    pub(crate) missing: u64,
    /// Arrived once more than they were sent.
    pub(crate) doubled: u64,
    /// Arrived after a message that was sent later.
    pub(crate) disordered: u64,
    /// Stored under a `seq` that does not follow the one before.
    pub(crate) seq_faults: u64,
    /// Arrived where they were not sent to, or were never sent.
    pub(crate) strays: u64,
}

impl AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        self.missing += other.missing;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.seq_faults += other.seq_faults;
        self.strays += other.strays;
    }
}

impl Sub for Faults {
    type Output = Self;

    /// What has come since `before`; what was missing then and has arrived does not count against what is missing now.
    fn sub(self, before: Self) -> Self {
        Self {
            missing: self.missing.saturating_sub(before.missing),
            doubled: self.doubled.saturating_sub(before.doubled),
            disordered: self.disordered.saturating_sub(before.disordered),
            seq_faults: self.seq_faults.saturating_sub(before.seq_faults),
            strays: self.strays.saturating_sub(before.strays),
        }
    }
}

/// The arrivals of messages that carry their place.
#[derive(Debug, Default)]
pub(crate) struct Track {
    /// The place that should arrive next.
    next: u64,
    /// Places before `next` that have not arrived.
    skipped: BTreeSet<u64>,
    doubled: u64,
    disordered: u64,
}

impl Track {
    /// The message at `place` arrived. Says whether for the first time.
    pub(crate) fn arrive(&mut self, place: u64) -> bool {
        if place >= self.next {
            self.skipped.extend(self.next..place);
            self.next = place + 1;
            return true;
        }
        let late = self.skipped.remove(&place);
        if late {
            self.disordered += 1;
        } else {
            self.doubled += 1;
        }
        late
    }

    /// How many of `sent` messages have arrived.
    pub(crate) fn arrived(&self) -> u64 {
        self.next - self.skipped.len() as u64
    }

    /// What went wrong, if `sent` messages were sent and no more will arrive.
    pub(crate) fn faults(&self, sent: u64) -> Faults {
        Faults {
            missing: sent.saturating_sub(self.arrived()),
            doubled: self.doubled,
            disordered: self.disordered,
            ..Faults::default()
        }
    }
}

/// The `seq`s of one conversation's log, as one socket is told of them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    head: u64,
    faults: u64,
}

impl Log {
    /// The log stood at `head` when it was followed.
    pub(crate) fn begin(&mut self, head: u64) {
        self.head = head;
    }

    /// Something was stored under `seq`.
    pub(crate) fn stored(&mut self, seq: u64) {
        if seq != self.head + 1 {
            self.faults += 1;
        }
        self.head = self.head.max(seq);
    }

    /// How many did not follow.
    pub(crate) fn faults(&self) -> u64 {
        self.faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(places: &[u64]) -> Track {
        let mut track = Track::default();
        for place in places {
            track.arrive(*place);
        }
        track
    }

    #[test]
    fn what_arrives_once_and_in_order_is_faultless() {
        assert_eq!(track(&[0, 1, 2, 3]).faults(4), Faults::default());
    }

    #[test]
    fn each_fault_is_told_from_the_others() {
        let none = Faults::default();
        assert_eq!(track(&[0, 1]).faults(3), Faults { missing: 1, ..none });
        assert_eq!(track(&[0, 2, 3]).faults(4), Faults { missing: 1, ..none });
        assert_eq!(track(&[0, 2, 1, 3]).faults(4), Faults { disordered: 1, ..none });
        assert_eq!(track(&[0, 1, 1, 2]).faults(3), Faults { doubled: 1, ..none });
        assert_eq!(track(&[0, 3, 1, 1]).faults(4), Faults { missing: 1, doubled: 1, disordered: 1, ..none });
        assert_eq!(track(&[0, 3, 1, 1]).arrived(), 3);
    }

    #[test]
    fn a_log_has_no_gaps_and_no_second_time() {
        let faults = |seqs: &[u64]| {
            let mut log = Log::default();
            log.begin(4);
            seqs.iter().for_each(|seq| log.stored(*seq));
            log.faults()
        };
        assert_eq!(faults(&[5, 6, 7]), 0);
        assert_eq!(faults(&[5, 7, 8]), 1);
        assert_eq!(faults(&[5, 5, 6]), 1);
        assert_eq!(faults(&[6, 7]), 1);
    }
}
