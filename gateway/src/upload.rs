//! Files on their way here. A chunk's way: [`Intake`] (one socket's uploads: order, credit) → [`Transfer`] (one upload:
//! what has come, written in order off the async threads) → a part file → checked → [`crate::files`]. What has to be
//! asked of storage is in [`crate::service::upload`].

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::{AttachmentId, OrganizationId, ParticipantId};
use tokio::sync::Semaphore;

use crate::files::Files;
use crate::settings::UploadSettings;

pub mod credit;
pub mod intake;
pub mod part;
pub mod sniff;
pub mod transfer;
pub mod window;

pub use intake::Intake;
pub use transfer::Transfer;

/// Files that are checked and put into the store at once: each holds a few megabytes meanwhile.
const FINISHING_AT_ONCE: usize = 4;

/// The unfinished uploads of this gateway, and where their bytes go.
pub struct Uploads {
    /// What the operator set.
    pub settings: UploadSettings,
    /// Finished files.
    pub files: Files,
    /// Leave to check and store a file.
    pub finishing: Semaphore,
    folder: PathBuf,
    open: Mutex<HashMap<AttachmentId, Arc<Transfer>>>,
}

/// Why an upload cannot go on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Its sender has as many under way as one may.
    Sender,
    /// So has the gateway.
    Gateway,
}

impl Uploads {
    /// The uploads of a gateway that keeps its own things in `data`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn open(settings: UploadSettings, data: &Path) -> Result<Self, String> {
        let files = match &settings.files {
            Some(place) => Files::open(place)?,
            None => Files::open(&data.join("files").to_string_lossy())?,
        };
        let finishing = Semaphore::new(FINISHING_AT_ONCE);
        Ok(Self { files, settings, finishing, folder: data.join("uploads"), open: Mutex::default() })
    }

    /// Where the parts of unfinished uploads are kept.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AttachmentId, Arc<Transfer>>> {
        // Nothing panics while holding it; if something did, the map is still whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An upload belongs to `intake` from here on: the one that is known here under its id, or `new`. Besides it, the
    /// one that had to give way: its row and its part are to be thrown away.
    ///
    /// # Errors
    /// [`Full`].
    pub fn claim(&self, new: Transfer, intake: &Arc<Intake>) -> Result<(Arc<Transfer>, Option<Arc<Transfer>>), Full> {
        let mut open = self.lock();
        self.has_room(&open, new.organization, new.announced.uploader, &new.announced.client_id)?;
        if let Some(known) = open.get(&new.id) {
            known.attach(intake);
            return Ok((Arc::clone(known), None));
        }
        let mut given_up = None;
        if open.len() >= self.settings.uploads_open as usize {
            let idle = open.values().filter(|other| !other.is_attached()).min_by_key(|other| other.touched());
            let idle = idle.map(|idle| idle.id).ok_or(Full::Gateway)?;
            given_up = open.remove(&idle);
        }
        new.attach(intake);
        let new = Arc::new(new);
        open.insert(new.id, Arc::clone(&new));
        Ok((new, given_up))
    }

    /// Whether somebody may begin, or go on with, the upload that they call `client_id`: asked before anything is
    /// stored for it.
    ///
    /// # Errors
    /// [`Full`].
    pub fn room(&self, organization: OrganizationId, uploader: ParticipantId, client_id: &str) -> Result<(), Full> {
        self.has_room(&self.lock(), organization, uploader, client_id)
    }

    fn has_room(
        &self,
        open: &HashMap<AttachmentId, Arc<Transfer>>,
        organization: OrganizationId,
        uploader: ParticipantId,
        client_id: &str,
    ) -> Result<(), Full> {
        let of_sender = open
            .values()
            .filter(|transfer| transfer.organization == organization && transfer.announced.uploader == uploader);
        let (same, others): (Vec<_>, Vec<_>) =
            of_sender.partition(|transfer| transfer.announced.client_id == client_id);
        let under_way = others.into_iter().filter(|transfer| transfer.is_attached());
        if under_way.count() >= self.settings.uploads_at_once as usize {
            return Err(Full::Sender);
        }
        // One that is known takes no further place, and one that nobody goes on with gives way.
        let full = same.is_empty() && open.len() >= self.settings.uploads_open as usize;
        if full && open.values().all(|transfer| transfer.is_attached()) { Err(Full::Gateway) } else { Ok(()) }
    }

    /// An unfinished upload that is known here.
    #[must_use]
    pub fn find(&self, id: AttachmentId) -> Option<Arc<Transfer>> {
        self.lock().get(&id).map(Arc::clone)
    }

    /// Forgets an upload: it is finished, or thrown away.
    pub fn forget(&self, id: AttachmentId) {
        self.lock().remove(&id);
    }

    /// Sees that no upload waits for what another one of its socket was granted and does not use: once a second.
    pub fn beat(&self) {
        let owners: Vec<Arc<Intake>> = self.all().iter().filter_map(|transfer| transfer.owner()).collect();
        let mut nudged = HashSet::new();
        for owner in owners {
            if nudged.insert(Arc::as_ptr(&owner)) {
                owner.nudge();
            }
        }
    }

    /// All unfinished uploads that are known here.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Transfer>> {
        self.lock().values().map(Arc::clone).collect()
    }
}
