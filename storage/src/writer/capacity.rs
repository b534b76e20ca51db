//! How much a writer holds: the bound that `reserve` keeps, and the signal that everything has been settled.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::watch;

/// What a writer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Writes that were reserved and are not settled.
    pub entries: usize,
    /// The bytes that were reserved for them, and for those that are settled and whose announcement nobody has taken yet.
    pub bytes: usize,
}

/// The writer takes no more now: it holds as much as it may, or it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the writer is full")]
pub struct Full;

/// The share of the capacity that visits leave alone: one in so many.
const ENTRIES_SHARE: usize = 4;

/// What room is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// What somebody waits for to be stored.
    Entries,
    /// What visitors do: they cannot take what is left for entries.
    Visits,
}

/// Whether a writer takes writes, only stores what it has, or is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Takes writes, and lets them gather.
    Open,
    /// Takes none, and lets none wait.
    Draining,
    /// Has none left.
    Closed,
}

/// The bound on what a writer holds.
pub(super) struct Capacity {
    limit: usize,
    /// Up to where there is room for what is not waited for.
    spare: usize,
    held: Mutex<Depth>,
    stage: watch::Sender<Stage>,
    /// Whether nothing is held; watched while closing.
    empty: watch::Sender<bool>,
}

/// A write that is held: it counts until it is settled, and takes room until it has been told.
pub(super) struct Hold {
    pub(super) place: Place,
    pub(super) room: Room,
}

/// A write that is not settled; counted until dropped.
pub(super) struct Place {
    capacity: Arc<Capacity>,
}

/// A part of the capacity; given back when dropped. None to begin with.
#[derive(Default)]
pub(super) struct Room {
    capacity: Option<Arc<Capacity>>,
    bytes: usize,
}

impl Capacity {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            spare: limit - limit / ENTRIES_SHARE,
            held: Mutex::default(),
            stage: watch::Sender::new(Stage::Open),
            empty: watch::Sender::new(true),
        }
    }

    pub(super) fn reserve(self: &Arc<Self>, wanted: For, bytes: usize) -> Result<Hold, Full> {
        let most = match wanted {
            For::Entries => self.limit,
            For::Visits => self.spare,
        };
        let mut held = self.lock();
        // Read under the lock: once draining has begun, `held` can only shrink.
        if *self.stage.borrow() != Stage::Open || held.bytes.saturating_add(bytes) > most {
            return Err(Full);
        }
        held.bytes += bytes;
        held.entries += 1;
        let room = Room { capacity: Some(Arc::clone(self)), bytes };
        Ok(Hold { place: Place { capacity: Arc::clone(self) }, room })
    }

    pub(super) fn depth(&self) -> Depth {
        *self.lock()
    }

    pub(super) fn stage(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Moves on to a later stage; never back.
    pub(super) fn advance(&self, stage: Stage) {
        let held = self.lock();
        self.stage.send_if_modified(|now| {
            let later = stage > *now;
            *now = stage.max(*now);
            later
        });
        self.empty.send_replace(held.entries == 0);
    }

    /// Waits until nothing is held. Only settled once draining, when nothing can be added.
    pub(super) async fn emptied(&self) {
        // The sender lives in `self`, so the wait cannot end by its going away.
        let _ = self.empty.subscribe().wait_for(|empty| *empty).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Depth> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold {
    pub(super) fn bytes(&self) -> usize {
        self.room.bytes
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.capacity.lock();
        held.entries -= 1;
        if held.entries == 0 && *self.capacity.stage.borrow() == Stage::Draining {
            self.capacity.empty.send_replace(true);
        }
    }
}

impl Room {
    /// Takes over what `other` holds, which is of the same capacity.
    pub(super) fn join(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.capacity = self.capacity.take().or(other.capacity.take());
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(capacity) = &self.capacity {
            capacity.lock().bytes -= self.bytes;
        }
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("bytes", &self.bytes).finish()
    }
}

/// What a commit settled is the same however much room it takes.
impl PartialEq for Room {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Room {}
