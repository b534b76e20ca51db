//! What a socket sent and the writer has not stored yet: bounded by number and by bytes.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Entries that one socket sent and that are not stored yet, and the bytes of their texts.
#[derive(Default)]
pub(super) struct Unstored {
    entries: AtomicU32,
    bytes: AtomicUsize,
}

impl Unstored {
    /// Counts one more with a text of `bytes`, unless `most` entries or `most_bytes` are there already.
    pub(super) fn begin(&self, most: u32, most_bytes: usize, bytes: usize) -> bool {
        let room = |held: usize| (held < most_bytes).then_some(held + bytes);
        let order = Ordering::Relaxed;
        if self.bytes.fetch_update(order, order, room).is_err() {
            return false;
        }
        let counted = self.entries.fetch_update(order, order, |n| (n < most).then_some(n + 1)).is_ok();
        if !counted {
            self.bytes.fetch_sub(bytes, order);
        }
        counted
    }

    /// One with a text of `bytes` was stored or given up.
    pub(super) fn end(&self, bytes: usize) {
        self.entries.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}
