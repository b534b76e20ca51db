//! The uploads of one socket: which of its chunks are taken, what it may send, and what it is told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use protocol::client::UploadChunk;
use protocol::code::ErrorCode;
use protocol::frame::{Error, Ref};
use protocol::id::{AttachmentId, ConversationId};
use protocol::server::{ServerFrame, UploadCredit, UploadDone, UploadReady};
use protocol::value::{Attachment, FieldError};

use super::Transfer;
use super::credit::{Credit, Grant, Refused};
use super::quota::Source;
use super::window::Window;
use crate::error::{not_found, rate_limited};
use crate::hub::SendQueue;
use crate::settings::UploadSettings;

/// Ended uploads that are remembered, so that chunks which were on their way are passed over.
const ENDED_REMEMBERED: usize = 64;
/// Finished files that are remembered, so that sending one asks nobody.
const FINISHED_REMEMBERED: usize = 64;
/// How long a client waits that sent beyond its credit, in milliseconds.
const BEYOND_CREDIT_RETRY_MS: u32 = 1_000;

/// The uploads of one socket.
pub struct Intake {
    queue: Arc<SendQueue>,
    source: Source,
    /// How long a finished file may be remembered without asking whether it is there.
    sure_for: Duration,
    state: Mutex<State>,
}

struct State {
    credit: Credit,
    open: HashMap<AttachmentId, Arc<Transfer>>,
    ended: VecDeque<Ended>,
    finished: VecDeque<Finished>,
    closed: bool,
}

/// An upload that is over on this socket.
struct Ended {
    upload: AttachmentId,
    /// Bytes that were granted to it and have not come.
    on_their_way: u64,
    /// Whether it goes on on another socket, which this one's client has not been told.
    elsewhere: bool,
}

/// A file that may be sent.
struct Finished {
    conversation: ConversationId,
    file: Attachment,
    /// When it was known to be kept for a while yet.
    known: Instant,
}

/// What became of a chunk.
pub enum Taken {
    /// It was taken, and its upload is the caller's to write.
    ToWrite(Arc<Transfer>),
    /// It was taken, and somebody is at it already.
    ToBeWritten,
    /// Its upload has ended, after it had been granted.
    Late,
    /// Its upload has ended, and what was granted to that has come already: nobody asked for more.
    Unasked,
}

impl Intake {
    /// The uploads, none yet, of the socket with this queue.
    #[must_use]
    pub fn new(queue: Arc<SendQueue>, source: Source, settings: &UploadSettings) -> Self {
        let window = Window::new(settings.upload_window_floor.into(), settings.upload_window_cap.into());
        let state = State {
            credit: Credit::new(window),
            open: HashMap::new(),
            ended: VecDeque::new(),
            finished: VecDeque::new(),
            closed: false,
        };
        Self { queue, source, sure_for: settings.unsent() / 2, state: Mutex::new(state) }
    }

    /// Where its files come from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding it; if something did, the state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An upload goes on here from `offset`: the client is told, unless the socket has ended meanwhile.
    pub fn join(&self, reference: Ref, transfer: &Arc<Transfer>, offset: u64) {
        let mut state = self.state();
        if state.closed {
            drop(state);
            return transfer.detach(self);
        }
        let credit = state.credit.join(transfer.id, transfer.announced.size, offset, Instant::now());
        state.ended.retain(|ended| ended.upload != transfer.id);
        state.open.insert(transfer.id, Arc::clone(transfer));
        if reference != 0 {
            let client_id = transfer.announced.client_id.clone();
            let ready = UploadReady { client_id, upload: transfer.id, offset, credit };
            // Within the lock, so that no credit comes before it.
            self.queue.push(ServerFrame::from(ready).encode(reference));
        }
    }

    /// Takes a chunk, or passes it over when it belongs to an upload that has ended.
    ///
    /// # Errors
    /// Why it is not taken: that upload is over on this socket.
    pub fn take(&self, chunk: UploadChunk) -> Result<Taken, Error> {
        let UploadChunk { upload, offset, .. } = chunk;
        let transfer = {
            let mut state = self.state();
            let Some(transfer) = state.open.get(&upload).map(Arc::clone) else {
                let bytes = chunk.bytes.0.len() as u64;
                let ended = state.ended.iter_mut().find(|ended| ended.upload == upload);
                return ended.map_or_else(|| Err(not_found("upload")), |ended| ended.pass_over(bytes));
            };
            // Whose it is comes first: one that goes on elsewhere has no credit here.
            let taken = chunk.check().map_err(Error::from).and_then(|()| {
                let bytes = chunk.bytes.0.len() as u64;
                match state.credit.receive(upload, offset, bytes, Instant::now()) {
                    Ok(()) => Ok(()),
                    // An open upload has its share; it could only have lost it to another socket.
                    Err(Refused::Unknown) => Err(elsewhere()),
                    Err(Refused::OutOfOrder) => {
                        Err(FieldError::new("offset", "must be right behind the chunk before").into())
                    }
                    Err(Refused::BeyondCredit) => Err(rate_limited(BEYOND_CREDIT_RETRY_MS)),
                }
            });
            if let Err(error) = taken {
                state.forget(upload);
                self.grant(&mut state);
                drop(state);
                transfer.detach(self);
                return Err(error);
            }
            transfer
        };
        match transfer.push(self, chunk.bytes.0) {
            Ok(true) => Ok(Taken::ToWrite(transfer)),
            Ok(false) => Ok(Taken::ToBeWritten),
            Err(_) => {
                let mut state = self.state();
                state.forget(upload);
                self.grant(&mut state);
                Err(elsewhere())
            }
        }
    }

    /// Grants what an upload waits for that others do not use: nothing else would come of their silence.
    pub fn nudge(&self) {
        let mut state = self.state();
        if state.credit.is_awaited() {
            self.grant(&mut state);
        }
    }

    /// An upload is written up to byte `upto`: there is room for more.
    pub fn written(&self, upload: AttachmentId, upto: u64) {
        let mut state = self.state();
        state.credit.written(upload, upto);
        self.grant(&mut state);
    }

    fn grant(&self, state: &mut State) {
        for Grant { upload, offset, credit } in state.credit.grant(Instant::now()) {
            // In order with `upload_ready`: a credit that came before it would be lost, and nothing more would come.
            self.queue.push(ServerFrame::from(UploadCredit { upload, offset, credit }).encode(0));
        }
    }

    /// An upload goes on on another socket, or is about to begin anew on this one: what it might have sent is the
    /// others'.
    pub(super) fn give_up(&self, upload: AttachmentId, elsewhere: bool) {
        let mut state = self.state();
        if state.forget(upload)
            && let Some(ended) = state.ended.back_mut()
        {
            ended.elsewhere = elsewhere;
        }
        self.grant(&mut state);
    }

    /// An upload is over here, and the client is told why.
    pub fn fail(&self, upload: AttachmentId, error: Error) {
        let mut state = self.state();
        if state.forget(upload) {
            self.queue.push(ServerFrame::from(error.of_upload(upload)).encode(0));
        }
        self.grant(&mut state);
    }

    /// An upload was given up by its client, who knows.
    pub fn abort(&self, upload: AttachmentId) {
        let mut state = self.state();
        state.forget(upload);
        self.grant(&mut state);
    }

    /// An upload is a file now.
    pub fn finish(&self, conversation: ConversationId, client_id: String, attachment: Attachment) {
        let mut state = self.state();
        state.forget(attachment.id);
        state.remember(conversation, attachment.clone());
        self.queue.push(ServerFrame::from(UploadDone { client_id, attachment }).encode(0));
        self.grant(&mut state);
    }

    /// Remembers a finished file of the socket's sender.
    pub fn remember(&self, conversation: ConversationId, attachment: Attachment) {
        self.state().remember(conversation, attachment);
    }

    /// A finished file that was remembered.
    #[must_use]
    pub fn finished(&self, conversation: ConversationId, id: AttachmentId) -> Option<Attachment> {
        let state = self.state();
        let mut finished = state.finished.iter().filter(|one| one.known.elapsed() < self.sure_for);
        finished.find(|one| one.conversation == conversation && one.file.id == id).map(|one| one.file.clone())
    }

    /// The socket has ended, or stands for somebody else: its uploads wait for another.
    pub fn close(&self) {
        let open = {
            let mut state = self.state();
            state.closed = true;
            state.finished.clear();
            std::mem::take(&mut state.open)
        };
        for transfer in open.values() {
            transfer.detach(self);
        }
    }
}

impl State {
    /// Whether it was there.
    fn forget(&mut self, upload: AttachmentId) -> bool {
        let on_their_way = self.credit.leave(upload);
        let known = self.open.remove(&upload).is_some();
        if known {
            if self.ended.len() >= ENDED_REMEMBERED {
                self.ended.pop_front();
            }
            self.ended.push_back(Ended { upload, on_their_way, elsewhere: false });
        }
        known
    }

    fn remember(&mut self, conversation: ConversationId, file: Attachment) {
        if self.finished.len() >= FINISHED_REMEMBERED {
            self.finished.pop_front();
        }
        self.finished.push_back(Finished { conversation, file, known: Instant::now() });
    }
}

impl Ended {
    fn pass_over(&mut self, bytes: u64) -> Result<Taken, Error> {
        let left = self.on_their_way.checked_sub(bytes);
        self.on_their_way = left.unwrap_or(0);
        if std::mem::take(&mut self.elsewhere) {
            return Err(elsewhere());
        }
        Ok(if left.is_some() { Taken::Late } else { Taken::Unasked })
    }
}

fn elsewhere() -> Error {
    Error::new(ErrorCode::Conflict, "the upload goes on on another socket")
}

#[cfg(test)]
mod tests;
