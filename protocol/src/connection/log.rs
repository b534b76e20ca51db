//! A client's copy of one conversation's log: what is settled, what is pending, and whether something is missing.

use std::collections::HashSet;

use crate::id::ParticipantId;
use crate::server::{Replay, Stored};
use crate::value::{Content, Entry, Seq};

/// What a client holds of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: Vec<Entry>,
    pending: Vec<Entry>,
    /// Which entries `entries` holds.
    keys: HashSet<(ParticipantId, String)>,
    /// The seq before `entries`' first.
    base: Seq,
    live: bool,
    asked: bool,
    /// The highest seq that came by while a replay was under way.
    ahead: Seq,
}

/// What a push did to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is in its place, or was known already, or belongs to a replay that is still to come.
    Fits,
    /// Something before it is missing: follow again from [`Log::cursor`].
    Gap,
}

impl Log {
    /// The entries that have their place, by seq and without gaps.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries that were routed and not yet stored, in the order of their coming.
    #[must_use]
    pub fn pending(&self) -> &[Entry] {
        &self.pending
    }

    /// The last seq up to which everything is held; 0 for nothing yet.
    #[must_use]
    pub fn cursor(&self) -> Seq {
        self.entries.last().and_then(|entry| entry.seq).unwrap_or(self.base)
    }

    /// Whether the last replay has ended and nothing is known to be missing.
    #[must_use]
    pub fn live(&self) -> bool {
        self.live
    }

    /// Notes that a `follow` or a `hello` asks for the log from the cursor: what comes before its last page is not
    /// measured against the cursor.
    pub(super) fn asked(&mut self) {
        self.live = false;
        self.asked = true;
        self.ahead = 0;
    }

    /// Whether a `follow` is under way.
    pub(super) fn is_asked(&self) -> bool {
        self.asked
    }

    /// Notes that the socket is gone, and the following with it.
    pub(super) fn lost(&mut self) {
        self.live = false;
        self.asked = false;
    }

    /// Takes a page of a replay.
    pub(super) fn replay(&mut self, page: &Replay) -> Applied {
        if page.reset {
            self.entries.clear();
            self.keys.clear();
            self.pending.clear();
            let first = page.entries.first().and_then(|entry| entry.seq);
            self.base = first.map_or(page.summary.head, |seq| seq.saturating_sub(1));
        }
        for entry in &page.entries {
            if self.put(entry.clone()) == Applied::Gap {
                return Applied::Gap;
            }
        }
        if !page.more {
            // Others' pending entries that the replay does not hold are their senders' to bring again.
            self.pending.clear();
            self.live = true;
            self.asked = false;
            if self.ahead > self.cursor() {
                return Applied::Gap;
            }
        }
        Applied::Fits
    }

    /// Takes somebody's entry, pending or settled.
    pub(super) fn entry(&mut self, entry: Entry) -> Applied {
        if let Some(seq) = entry.seq {
            return if self.awaits_replay(seq) { Applied::Fits } else { self.put(entry) };
        }
        let pending = self.position(entry.sender.id, &entry.client_id).is_some();
        if !pending && !self.keys.contains(&(entry.sender.id, entry.client_id.clone())) {
            self.pending.push(entry);
        }
        Applied::Fits
    }

    /// Settles a pending entry, or one of the client's own, whose content is `own`.
    pub(super) fn stored(&mut self, stored: &Stored, own: Option<Content>) -> Applied {
        let pending = self.position(stored.sender.id, &stored.client_id).map(|at| self.pending.remove(at).content);
        if self.awaits_replay(stored.seq) || stored.seq <= self.cursor() {
            return Applied::Fits;
        }
        let Some(content) = own.or(pending) else { return Applied::Gap };
        self.put(Entry {
            conversation: stored.conversation,
            id: stored.id,
            seq: Some(stored.seq),
            sender: stored.sender.clone(),
            client_id: stored.client_id.clone(),
            at: stored.at,
            content,
        })
    }

    /// Whether the log goes further than what is held, if it goes as far as `head`. A replay that is under way, and
    /// does not reach it, is asked for again.
    pub(super) fn head(&mut self, head: Seq) -> Applied {
        if self.awaits_replay(head) || head <= self.cursor() { Applied::Fits } else { Applied::Gap }
    }

    /// Whether a push is left to the replay that is under way, which has it, or else is asked for again.
    fn awaits_replay(&mut self, seq: Seq) -> bool {
        self.ahead = self.ahead.max(seq);
        !self.live
    }

    fn position(&self, sender: ParticipantId, client_id: &str) -> Option<usize> {
        self.pending.iter().position(|held| held.sender.id == sender && held.client_id == client_id)
    }

    fn put(&mut self, entry: Entry) -> Applied {
        let (seq, cursor) = (entry.seq.unwrap_or_default(), self.cursor());
        if seq > cursor + 1 {
            return Applied::Gap;
        }
        if let Some(at) = self.position(entry.sender.id, &entry.client_id) {
            self.pending.remove(at);
        }
        if seq == cursor + 1 {
            self.keys.insert((entry.sender.id, entry.client_id.clone()));
            self.entries.push(entry);
        }
        Applied::Fits
    }
}
