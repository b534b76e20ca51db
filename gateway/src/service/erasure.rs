//! Erasing contacts: begun at once, done in batches, and gone on with by the maintenance when it was cut off.

use std::sync::Arc;
use std::time::Duration;

use protocol::frame::Error;
use protocol::id::{OrganizationId, VisitorId};
use serde::{Deserialize, Serialize};
use storage::{Erasure, Gone, Storage, StorageError};

use super::authorize::{Action, Principal, authorize};
use super::gone;
use super::upload::expiry;
use crate::error::{from_storage, not_found};
use crate::state::App;

/// How often a batch is tried that another transaction stood in the way of.
const TRIES: u32 = 5;
/// The pause before that.
const RETRY: Duration = Duration::from_millis(200);
/// Most batches that one turn at an erasure takes, so that a contact who keeps writing does not keep it for ever. Each
/// is of thousands of rows: what does not fit is done the next time.
pub const BATCHES: u64 = 10_000;

/// What to do with a contact's conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They stay, without who the contact is and all that they wrote.
    Anonymize,
    /// They go, with the contact.
    Delete,
}

/// The body of `POST /api/contacts/:id/erase`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseContact {
    /// How.
    pub mode: Mode,
}

impl From<Mode> for Erasure {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Anonymize => Self::Anonymize,
            Mode::Delete => Self::Delete,
        }
    }
}

/// Erases a contact; what was begun goes on when the asker goes away. Their files' bytes go last, and those that the file
/// store does not give up now go later.
///
/// # Errors
/// `forbidden`, `not_found`, `unavailable`: what was begun goes on by itself.
pub async fn erase(app: &Arc<App>, principal: &Principal, visitor: VisitorId, mode: Mode) -> Result<(), Error> {
    authorize(principal, Action::EraseContact)?;
    let organization = principal.organization();
    if !app.storage.begin_erasure(organization, visitor, mode.into()).await.map_err(from_storage)? {
        return Err(not_found("contact"));
    }
    // Also while nothing is heard from Postgres.
    gone::tell(app, &Gone::Sessions(organization, visitor));
    let working = Arc::clone(app);
    let work = app.tasks.spawn(async move {
        let erased = finish(&working.storage, organization, visitor, BATCHES).await;
        // Who was about to be let in when it began.
        gone::tell(&working, &Gone::Sessions(organization, visitor));
        expiry::sweep_up(&working).await;
        erased
    });
    match work.await {
        Ok(Ok(Progress { ended: false, .. })) => {
            app.maintenance.wake();
            Err(from_storage(StorageError::Unavailable("the contact wrote on while being erased".into())))
        }
        Ok(erased) => erased.map(|_| ()).map_err(from_storage),
        Err(error) => Err(from_storage(StorageError::Fault(format!("erasing a contact: {error}")))),
    }
}

/// How far a turn at an erasure got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many batches it took.
    pub batches: u64,
    /// Whether nothing was left to do.
    pub ended: bool,
}

/// Goes on with an erasure that was begun until nothing is left to do, or it took `most` batches.
///
/// # Errors
/// As storage's, when the same batch failed several times.
pub async fn finish(
    storage: &Storage,
    organization: OrganizationId,
    visitor: VisitorId,
    most: u64,
) -> Result<Progress, StorageError> {
    let (mut batches, mut failed) = (0, 0);
    loop {
        if batches >= most {
            return Ok(Progress { batches, ended: false });
        }
        match storage.erase(organization, visitor).await {
            Ok(true) => (batches, failed) = (batches + 1, 0),
            Ok(false) => return Ok(Progress { batches, ended: true }),
            Err(StorageError::Unavailable(_)) if failed < TRIES => {
                failed += 1;
                tokio::time::sleep(RETRY * failed).await;
            }
            Err(error) => return Err(error),
        }
    }
}
