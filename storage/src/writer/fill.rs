//! How full a batch is. What is merged when it is written counts once: many receipts of one reader are one row.

use std::collections::HashSet;

use protocol::id::ParticipantId;

use super::Write;
use super::batch::Log;
use super::lane::Queued;

/// Writes beyond those that count, for each that may: a batch of nothing but the same is bounded, too.
const MERGED: usize = 8;

/// What a batch holds.
pub(super) struct Fill {
    entries: usize,
    bytes: usize,
    writes: usize,
    most: (usize, usize),
    /// Who has read where, or whose summary is told (nobody's in particular).
    merged: HashSet<(Log, Option<ParticipantId>)>,
}

impl Fill {
    /// Nothing, where so many writes or bytes fill it.
    pub(super) fn new(entries: usize, bytes: usize) -> Self {
        Self { entries: 0, bytes: 0, writes: 0, most: (entries, bytes), merged: HashSet::new() }
    }

    /// Adds a write.
    pub(super) fn add(&mut self, queued: &Queued) {
        self.writes += 1;
        if self.counts(&queued.write) {
            self.entries += 1;
            self.bytes += queued.hold.bytes();
        }
    }

    /// Whether it is another row than those before it.
    fn counts(&mut self, write: &Write) -> bool {
        match write {
            Write::Read(read) => {
                self.merged.insert(((read.organization, read.conversation), Some(read.participant.id)))
            }
            Write::Tell(organization, conversation) => self.merged.insert(((*organization, *conversation), None)),
            Write::Entry(_) | Write::PageView(_) | Write::Event(_) => true,
        }
    }

    /// Whether nothing more is to be added.
    pub(super) fn is_full(&self) -> bool {
        let (entries, bytes) = self.most;
        self.entries >= entries || self.bytes >= bytes || self.writes >= entries.saturating_mul(MERGED)
    }
}
