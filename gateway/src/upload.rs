//! Files on their way here. A chunk's way: [`Intake`] (one socket's uploads: order, credit) → [`Transfer`] (one upload:
//! what has come, written in order off the async threads) → a part file → checked → [`crate::files`]. What has to be
//! asked of storage is in [`crate::service::upload`].

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::id::{AttachmentId, OrganizationId, ParticipantId};
use tokio::sync::Semaphore;

use crate::files::Files;
use crate::settings::UploadSettings;

pub mod credit;
pub mod intake;
pub mod part;
pub mod quota;
pub mod sniff;
pub mod transfer;
pub mod window;

pub use intake::Intake;
pub use quota::Quota;
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
    /// How many bytes may be begun by whom.
    pub quota: Quota,
    folder: PathBuf,
    open: Mutex<HashMap<AttachmentId, Arc<Transfer>>>,
}

/// Whether an upload counts in a scope.
type Counts<'a> = &'a dyn Fn(&Transfer) -> bool;

/// Why an upload cannot go on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Its sender has as many under way as one may.
    Sender,
    /// So has the address that it comes from.
    Address,
    /// So has the organization that it goes to.
    Organization,
    /// So has the gateway.
    Gateway,
}

impl Uploads {
    /// The uploads of a gateway that keeps its own things in `data`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn open(settings: UploadSettings, data: &Path) -> Result<Self, String> {
        let files = Files::open(&settings.place(data))?;
        let finishing = Semaphore::new(FINISHING_AT_ONCE);
        let quota = Quota::new(&settings);
        Ok(Self { files, settings, finishing, quota, folder: data.join("uploads"), open: Mutex::default() })
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

    /// An upload belongs to `intake` from here on: the one that is known here under its id, or `new`. Besides it, those
    /// that had to give way: their rows and their parts are to be thrown away.
    ///
    /// # Errors
    /// [`Full`].
    pub fn claim(&self, new: Transfer, intake: &Arc<Intake>) -> Result<(Arc<Transfer>, Vec<Arc<Transfer>>), Full> {
        let mut open = self.lock();
        let announced = &new.announced;
        let give_way =
            self.give_way(&open, new.organization, announced.uploader, &announced.client_id, intake.source().address)?;
        if let Some(known) = open.get(&new.id) {
            known.attach(intake);
            return Ok((Arc::clone(known), Vec::new()));
        }
        let given_up = give_way.iter().filter_map(|id| open.remove(id)).collect();
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
    pub fn room(
        &self,
        organization: OrganizationId,
        uploader: ParticipantId,
        client_id: &str,
        address: Option<IpAddr>,
    ) -> Result<(), Full> {
        self.give_way(&self.lock(), organization, uploader, client_id, address).map(|_| ())
    }

    /// The uploads that have to give way to one: where there is no room, one that nobody goes on with, or that has been
    /// silent for long. The narrower scope comes first, so that nobody takes what is the others'.
    fn give_way(
        &self,
        open: &HashMap<AttachmentId, Arc<Transfer>>,
        organization: OrganizationId,
        uploader: ParticipantId,
        client_id: &str,
        address: Option<IpAddr>,
    ) -> Result<Vec<AttachmentId>, Full> {
        let of_sender = open
            .values()
            .filter(|transfer| transfer.organization == organization && transfer.announced.uploader == uploader);
        let (same, others): (Vec<_>, Vec<_>) =
            of_sender.partition(|transfer| transfer.announced.client_id == client_id);
        let under_way = others.into_iter().filter(|transfer| transfer.is_attached());
        if under_way.count() >= self.settings.uploads_at_once as usize {
            return Err(Full::Sender);
        }
        let mut given_up = Vec::new();
        // One that is known takes no further place.
        if !same.is_empty() {
            return Ok(given_up);
        }
        let from_there = |transfer: &Transfer| address.is_some() && transfer.address() == address;
        let to_them = |transfer: &Transfer| transfer.organization == organization;
        let settings = &self.settings;
        let scopes: [(Counts<'_>, u32, Full); 3] = [
            (&from_there, settings.uploads_open_per_address, Full::Address),
            (&to_them, settings.uploads_open_per_organization, Full::Organization),
            (&|_| true, settings.uploads_open, Full::Gateway),
        ];
        for (counts, most, full) in scopes {
            let counted: Vec<_> =
                open.values().filter(|other| counts(other) && !given_up.contains(&other.id)).collect();
            if counted.len() >= most as usize {
                let idle = counted.into_iter().filter(|other| other.gives_way()).min_by_key(|other| other.touched());
                given_up.push(idle.ok_or(full)?.id);
            }
        }
        Ok(given_up)
    }

    /// An unfinished upload that is known here.
    #[must_use]
    pub fn find(&self, id: AttachmentId) -> Option<Arc<Transfer>> {
        self.lock().get(&id).map(Arc::clone)
    }

    /// Forgets an upload: it is finished, or thrown away. Another one that is known under its id by now stays.
    pub fn forget(&self, transfer: &Transfer) {
        let mut open = self.lock();
        if open.get(&transfer.id).is_some_and(|known| std::ptr::eq(Arc::as_ptr(known), transfer)) {
            open.remove(&transfer.id);
        }
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
