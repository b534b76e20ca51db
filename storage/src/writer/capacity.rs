//! How much a writer holds: the bound that `reserve` keeps, and the signal that everything has been settled.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use protocol::id::OrganizationId;
use tokio::sync::watch;

/// What a writer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Writes that were reserved and are not settled.
    pub entries: usize,
    /// The bytes that were reserved for them, and for those that are settled and whose announcement nobody has taken yet.
    pub bytes: usize,
}

/// The writer takes no more now: it holds as much as it may, in all or of this organization, or it was closed.
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
    /// How much of it one organization may take: a flood of one tenant is refused to that tenant.
    share: usize,
    held: Mutex<Held>,
    stage: watch::Sender<Stage>,
    /// Whether nothing is held; watched while closing.
    empty: watch::Sender<bool>,
}

/// What is held, in all and by whom.
#[derive(Default)]
struct Held {
    depth: Depth,
    /// Bytes, of those that hold any.
    of: HashMap<OrganizationId, usize>,
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

/// A part of the capacity; given back when dropped.
pub(super) struct Room {
    capacity: Arc<Capacity>,
    organization: OrganizationId,
    bytes: usize,
}

impl Capacity {
    /// With room for so many bytes, of which one organization may take so many percent.
    pub(super) fn new(limit: usize, percent: u8) -> Self {
        Self {
            limit,
            spare: limit - limit / ENTRIES_SHARE,
            share: limit / 100 * usize::from(percent.min(100)) + limit % 100 * usize::from(percent.min(100)) / 100,
            held: Mutex::default(),
            stage: watch::Sender::new(Stage::Open),
            empty: watch::Sender::new(true),
        }
    }

    pub(super) fn reserve(
        self: &Arc<Self>,
        organization: OrganizationId,
        wanted: For,
        bytes: usize,
    ) -> Result<Hold, Full> {
        let most = match wanted {
            For::Entries => self.limit,
            For::Visits => self.spare,
        };
        let mut held = self.lock();
        // Read under the lock: once draining has begun, `held` can only shrink.
        let of = held.of.get(&organization).copied().unwrap_or(0);
        if *self.stage.borrow() != Stage::Open
            || held.depth.bytes.saturating_add(bytes) > most
            || of.saturating_add(bytes) > self.share
        {
            return Err(Full);
        }
        held.depth.bytes += bytes;
        held.depth.entries += 1;
        held.of.insert(organization, of + bytes);
        let room = Room { capacity: Arc::clone(self), organization, bytes };
        Ok(Hold { place: Place { capacity: Arc::clone(self) }, room })
    }

    pub(super) fn depth(&self) -> Depth {
        self.lock().depth
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
        self.empty.send_replace(held.depth.entries == 0);
    }

    /// Waits until nothing is held. Only settled once draining, when nothing can be added.
    pub(super) async fn emptied(&self) {
        // The sender lives in `self`, so the wait cannot end by its going away.
        let _ = self.empty.subscribe().wait_for(|empty| *empty).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
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
        held.depth.entries -= 1;
        if held.depth.entries == 0 && *self.capacity.stage.borrow() == Stage::Draining {
            self.capacity.empty.send_replace(true);
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut held = self.capacity.lock();
        held.depth.bytes -= self.bytes;
        if let Some(of) = held.of.get_mut(&self.organization) {
            *of -= self.bytes;
            if *of == 0 {
                held.of.remove(&self.organization);
            }
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
