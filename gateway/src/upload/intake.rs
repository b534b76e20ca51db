//! The uploads of one socket: which of its chunks are taken, what it may send, and what it is told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use protocol::client::UploadChunk;
use protocol::code::ErrorCode;
use protocol::frame::{Error, Ref};
use protocol::id::{AttachmentId, ConversationId};
use protocol::server::{ServerFrame, UploadCredit, UploadDone, UploadReady};
use protocol::value::{Attachment, FieldError};

use super::Transfer;
use super::credit::{Credit, Grant, Refused};
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
    state: Mutex<State>,
}

struct State {
    credit: Credit,
    open: HashMap<AttachmentId, Arc<Transfer>>,
    ended: VecDeque<AttachmentId>,
    finished: VecDeque<(ConversationId, Attachment)>,
    closed: bool,
}

impl Intake {
    /// The uploads, none yet, of the socket with this queue.
    #[must_use]
    pub fn new(queue: Arc<SendQueue>, settings: &UploadSettings) -> Self {
        let window = Window::new(settings.upload_window_floor.into(), settings.upload_window_cap.into());
        let state = State {
            credit: Credit::new(window),
            open: HashMap::new(),
            ended: VecDeque::new(),
            finished: VecDeque::new(),
            closed: false,
        };
        Self { queue, state: Mutex::new(state) }
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
        state.ended.retain(|ended| *ended != transfer.id);
        state.open.insert(transfer.id, Arc::clone(transfer));
        if reference != 0 {
            let client_id = transfer.announced.client_id.clone();
            let ready = UploadReady { client_id, upload: transfer.id, offset, credit };
            // Within the lock, so that no credit comes before it.
            self.queue.push(ServerFrame::from(ready).encode(reference));
        }
    }

    /// Takes a chunk. The upload that somebody has to write from here on; none when somebody is at it, or when the
    /// chunk belongs to an upload that has ended.
    ///
    /// # Errors
    /// Why it is not taken: that upload is over on this socket.
    pub fn take(&self, chunk: UploadChunk) -> Result<Option<Arc<Transfer>>, Error> {
        let UploadChunk { upload, offset, .. } = chunk;
        let transfer = {
            let mut state = self.state();
            let Some(transfer) = state.open.get(&upload).map(Arc::clone) else {
                let known = state.ended.contains(&upload);
                return if known { Ok(None) } else { Err(not_found("upload")) };
            };
            // Whose it is comes first: one that goes on elsewhere has no credit here.
            let taken = chunk.check().map_err(Error::from).and_then(|()| {
                let bytes = chunk.bytes.0.len() as u64;
                match state.credit.receive(upload, offset, bytes, Instant::now()) {
                    Ok(()) => Ok(()),
                    Err(Refused::Unknown) => Err(elsewhere()),
                    Err(Refused::OutOfOrder) => {
                        Err(FieldError::new("offset", "must be right behind the chunk before").into())
                    }
                    Err(Refused::BeyondCredit) => Err(rate_limited(BEYOND_CREDIT_RETRY_MS)),
                }
            });
            if let Err(error) = taken {
                state.forget(upload);
                drop(state);
                transfer.detach(self);
                return Err(error);
            }
            transfer
        };
        match transfer.push(self, chunk.bytes.0) {
            Ok(to_write) => Ok(to_write.then_some(transfer)),
            Err(_) => {
                self.state().forget(upload);
                Err(elsewhere())
            }
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

    /// An upload goes on on another socket: what it might have sent is the others'.
    pub(super) fn give_up_credit(&self, upload: AttachmentId) {
        let mut state = self.state();
        state.credit.leave(upload);
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
        let mut finished = state.finished.iter();
        finished.find(|(of, file)| *of == conversation && file.id == id).map(|(_, file)| file.clone())
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
        self.credit.leave(upload);
        let known = self.open.remove(&upload).is_some();
        if known {
            if self.ended.len() >= ENDED_REMEMBERED {
                self.ended.pop_front();
            }
            self.ended.push_back(upload);
        }
        known
    }

    fn remember(&mut self, conversation: ConversationId, attachment: Attachment) {
        if self.finished.len() >= FINISHED_REMEMBERED {
            self.finished.pop_front();
        }
        self.finished.push_back((conversation, attachment));
    }
}

fn elsewhere() -> Error {
    Error::new(ErrorCode::Conflict, "the upload goes on on another socket")
}

#[cfg(test)]
mod tests;
