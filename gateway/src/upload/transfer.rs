//! One unfinished upload: whose it is, what of it has come, and the one task at a time that works on its part.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use protocol::id::{AttachmentId, OrganizationId};
use protocol::value::Attachment;
use ring::digest::Context;
use storage::StoredAttachment;
use tokio::sync::Notify;

use super::{Intake, part};

/// An upload of which nothing came for so long gives way to others where there is no room.
const SILENT: Duration = Duration::from_secs(30);

/// An upload that is not finished.
pub struct Transfer {
    /// Whose tenant's.
    pub organization: OrganizationId,
    /// Its id.
    pub id: AttachmentId,
    /// What was announced.
    pub announced: StoredAttachment,
    /// Its part.
    pub path: PathBuf,
    state: Mutex<State>,
    idle: Notify,
}

struct State {
    /// The socket that it goes on on.
    owner: Weak<Intake>,
    /// The address that it came from last, as it is counted.
    address: Option<IpAddr>,
    /// Chunks that are not written yet, within the credit.
    pending: Vec<Bytes>,
    /// Whether a task works on the part.
    busy: bool,
    /// Of what is written. `None` until the part has been read.
    hash: Option<Context>,
    written: u64,
    touched: Instant,
    end: Option<End>,
}

/// How an upload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It is a file.
    Done(Attachment),
    /// It was thrown away.
    Gone,
}

/// What is to be done next with an upload that somebody works on.
pub enum Next {
    /// Write these.
    Write(Batch),
    /// All is written: check it.
    Finish(Context),
    /// Nothing: it is nobody's work any more.
    Rest,
}

/// Chunks to write, and what they are written behind.
pub struct Batch {
    chunks: Vec<Bytes>,
    offset: u64,
    hash: Context,
}

/// It goes on on another socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere;

impl Transfer {
    /// An upload whose part has not been looked at.
    #[must_use]
    pub fn new(organization: OrganizationId, announced: StoredAttachment, folder: &std::path::Path) -> Self {
        let path = part::path(folder, organization, announced.id);
        let state = State {
            owner: Weak::new(),
            address: None,
            pending: Vec::new(),
            busy: false,
            hash: None,
            written: 0,
            touched: Instant::now(),
            end: None,
        };
        Self { organization, id: announced.id, announced, path, state: Mutex::new(state), idle: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding it; if something did, the state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a socket goes on with it.
    pub(super) fn is_attached(&self) -> bool {
        self.state().owner.strong_count() > 0
    }

    /// The address that it came from last, as it is counted.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.state().address
    }

    /// Whether it takes the place of one that somebody goes on with: nobody does, or nothing came for so long.
    pub(super) fn gives_way(&self) -> bool {
        let state = self.state();
        state.owner.strong_count() == 0 || state.touched.elapsed() >= SILENT
    }

    /// As if nothing had come for long.
    #[cfg(test)]
    pub(super) fn fall_silent(&self) {
        let mut state = self.state();
        state.touched = state.touched.checked_sub(SILENT).unwrap_or(state.touched);
    }

    /// When the last of it came.
    #[must_use]
    pub fn touched(&self) -> Instant {
        self.state().touched
    }

    /// From now on it belongs to `intake`; the one before is told with its next chunk. Also where it is the same one:
    /// what it sends before it knows where to go on would be there twice.
    pub(super) fn attach(&self, intake: &Arc<Intake>) {
        let mut state = self.state();
        let before = std::mem::replace(&mut state.owner, Arc::downgrade(intake));
        state.touched = Instant::now();
        state.address = intake.source().address;
        drop(state);
        if let Some(before) = before.upgrade() {
            before.give_up(self.id, !Arc::ptr_eq(&before, intake));
        }
    }

    /// `intake` goes on with it no longer.
    pub fn detach(&self, intake: &Intake) {
        let mut state = self.state();
        if std::ptr::eq(state.owner.as_ptr(), intake) {
            state.owner = Weak::new();
        }
    }

    /// The socket that it belongs to, if that is still there.
    #[must_use]
    pub fn owner(&self) -> Option<Arc<Intake>> {
        self.state().owner.upgrade()
    }

    /// Takes the next chunk. Whether it is the caller's to see that it is written: otherwise somebody is at it.
    ///
    /// # Errors
    /// [`Elsewhere`].
    pub(super) fn push(&self, intake: &Intake, chunk: Bytes) -> Result<bool, Elsewhere> {
        let mut state = self.state();
        if !std::ptr::eq(state.owner.as_ptr(), intake) || state.end.is_some() {
            return Err(Elsewhere);
        }
        state.pending.push(chunk);
        state.touched = Instant::now();
        Ok(!std::mem::replace(&mut state.busy, true))
    }

    /// What is to be done next; [`Next::Rest`] gives the work up.
    pub fn next(&self) -> Next {
        let mut state = self.state();
        let Some(hash) = state.hash.clone().filter(|_| state.end.is_none()) else {
            self.rest(&mut state);
            return Next::Rest;
        };
        if !state.pending.is_empty() {
            return Next::Write(Batch { chunks: std::mem::take(&mut state.pending), offset: state.written, hash });
        }
        if state.written == self.announced.size {
            return Next::Finish(hash);
        }
        self.rest(&mut state);
        Next::Rest
    }

    fn rest(&self, state: &mut State) {
        state.pending.clear();
        state.busy = false;
        self.idle.notify_waiters();
    }

    /// Writes a batch; how far the part goes now. When it fails, the part has to be read again.
    ///
    /// # Errors
    /// The system's.
    pub async fn write(&self, batch: Batch) -> io::Result<u64> {
        let Batch { chunks, offset, mut hash } = batch;
        let path = self.path.clone();
        let written = blocking(move || part::write(&path, offset, &chunks, &mut hash).map(|upto| (upto, hash))).await;
        let mut state = self.state();
        match written {
            Ok((upto, hash)) => {
                (state.written, state.hash) = (upto, Some(hash));
                Ok(upto)
            }
            Err(error) => {
                state.hash = None;
                Err(error)
            }
        }
    }

    /// Begins to work on it, once nobody else does.
    pub async fn begin(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            {
                let mut state = self.state();
                if !state.busy {
                    state.busy = true;
                    return;
                }
            }
            idle.await;
        }
    }

    /// Reads the part unless that has been done; how much of it is there. To be called by whoever has begun.
    ///
    /// # Errors
    /// The system's.
    pub async fn resume(&self) -> io::Result<u64> {
        {
            let state = self.state();
            if state.hash.is_some() {
                return Ok(state.written);
            }
        }
        let (path, size) = (self.path.clone(), self.announced.size);
        let (written, hash) = blocking(move || part::open(&path, size)).await?;
        let mut state = self.state();
        (state.written, state.hash) = (written, Some(hash));
        Ok(written)
    }

    /// Gives the work up as it is.
    pub fn pause(&self) {
        self.rest(&mut self.state());
    }

    /// It has ended; whoever waits to work on it finds that.
    pub fn end(&self, end: End) {
        let mut state = self.state();
        state.end = Some(end);
        self.rest(&mut state);
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn ended(&self) -> Option<End> {
        self.state().end.clone()
    }
}

/// Does file work where it holds up nobody.
///
/// # Errors
/// Its own.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
