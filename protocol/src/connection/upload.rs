//! The files that a client is sending, each as far as the gateway has credit for it, over as many sockets as it takes.

use bytes::Bytes;
use ring::digest;
use uuid::Uuid;

use crate::client::{Chunk, UploadChunk, UploadOpen};
use crate::code::ErrorCode;
use crate::frame::Error;
use crate::id::{AttachmentId, ConversationId};
use crate::server::{UploadCredit, UploadDone, UploadReady};
use crate::value::Attachment;

/// A file to be sent.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// A client's uploads.
#[derive(Debug, Default)]
pub struct Uploads {
    under_way: Vec<Upload>,
    done: Vec<(String, Attachment)>,
    refused: Vec<(String, Error)>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Upload {
    open: UploadOpen,
    bytes: Bytes,
    stage: Stage,
}

/// How far an upload is on this socket.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// To be opened.
    Waiting,
    Asked,
    Open {
        id: AttachmentId,
        /// What this socket has been given, or did not need to be.
        sent: u64,
        /// Up to where there is credit.
        limit: u64,
    },
}

/// The SHA-256 of `bytes`, as `upload_open` wants it.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Upload {
    pub(super) fn is(&self, client_id: &str) -> bool {
        self.open.client_id == client_id
    }

    pub(super) fn has(&self, upload: AttachmentId) -> bool {
        matches!(self.stage, Stage::Open { id, .. } if id == upload)
    }
}

impl Uploads {
    /// How many files are not whole yet.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Up to which byte the gateway lets the unfinished ones be sent on this socket, all together.
    #[must_use]
    pub fn credited(&self) -> u64 {
        let limit = |upload: &Upload| if let Stage::Open { limit, .. } = upload.stage { limit } else { 0 };
        self.under_way.iter().map(limit).sum()
    }

    /// The files that are whole, by their uploads' `client_id`.
    #[must_use]
    pub fn finished(&self) -> &[(String, Attachment)] {
        &self.done
    }

    /// The uploads that were refused for good, by `client_id`.
    #[must_use]
    pub fn refused(&self) -> &[(String, Error)] {
        &self.refused
    }

    /// Takes a file in, and gives it its `client_id`.
    pub(super) fn put(&mut self, conversation: ConversationId, file: File) -> String {
        let client_id = Uuid::new_v4().to_string();
        let open = UploadOpen {
            conversation,
            client_id: client_id.clone(),
            name: file.name,
            size: file.bytes.len() as u64,
            media_type: file.media_type,
            sha256: sha256(&file.bytes),
        };
        self.under_way.push(Upload { open, bytes: file.bytes, stage: Stage::Waiting });
        client_id
    }

    /// The uploads that are to be opened now, at most so many under way at once.
    pub(super) fn due(&mut self, at_once: usize) -> Vec<UploadOpen> {
        let waiting = |upload: &&mut Upload| matches!(upload.stage, Stage::Waiting);
        let busy = self.under_way.len() - self.under_way.iter_mut().filter(waiting).count();
        let due = self.under_way.iter_mut().filter(waiting).take(at_once.saturating_sub(busy));
        due.map(|upload| {
            upload.stage = Stage::Asked;
            upload.open.clone()
        })
        .collect()
    }

    /// The chunks that there is credit for, the uploads taking turns.
    pub(super) fn chunks(&mut self, most: usize) -> Vec<UploadChunk> {
        let mut chunks = Vec::new();
        loop {
            let before = chunks.len();
            chunks.extend(self.under_way.iter_mut().filter_map(|upload| upload.chunk(most)));
            if chunks.len() == before {
                return chunks;
            }
        }
    }

    pub(super) fn ready(&mut self, ready: &UploadReady) {
        if let Some(upload) = self.under_way.iter_mut().find(|upload| upload.is(&ready.client_id)) {
            let limit = ready.offset + u64::from(ready.credit);
            upload.stage = Stage::Open { id: ready.upload, sent: ready.offset, limit };
        }
    }

    pub(super) fn credit(&mut self, credit: &UploadCredit) {
        for upload in &mut self.under_way {
            if let Stage::Open { id, limit, .. } = &mut upload.stage
                && *id == credit.upload
            {
                *limit = (*limit).max(credit.offset + u64::from(credit.credit));
            }
        }
    }

    /// A file is whole. Returns for which conversation, the first time.
    pub(super) fn done(&mut self, done: &UploadDone) -> Option<ConversationId> {
        let at = self.under_way.iter().position(|upload| upload.is(&done.client_id))?;
        self.done.push((done.client_id.clone(), done.attachment.clone()));
        Some(self.under_way.remove(at).open.conversation)
    }

    /// An upload has ended on this socket: it is opened again, if that may help.
    pub(super) fn failed(&mut self, which: impl Fn(&Upload) -> bool, error: Error) {
        let Some(at) = self.under_way.iter().position(which) else { return };
        let open = matches!(self.under_way[at].stage, Stage::Open { .. });
        // It expired, or a chunk went astray: what the gateway has of it, if anything, it says anew.
        let astray = matches!(error.field.as_deref(), Some("offset" | "bytes")) || error.code == ErrorCode::NotFound;
        if error.retryable || open && astray {
            self.under_way[at].stage = Stage::Waiting;
        } else {
            self.refused.push((self.under_way.remove(at).open.client_id, error));
        }
    }

    /// Gives up those for certain conversations.
    pub(super) fn refuse(&mut self, which: impl Fn(ConversationId) -> bool, error: &Error) {
        for upload in self.under_way.extract_if(.., |upload| which(upload.open.conversation)) {
            self.refused.push((upload.open.client_id, error.clone()));
        }
    }

    /// The socket is gone, and every upload's place on it.
    pub(super) fn lost(&mut self) {
        self.under_way.iter_mut().for_each(|upload| upload.stage = Stage::Waiting);
    }
}

impl Upload {
    /// The next chunk, if there is credit for one.
    fn chunk(&mut self, most: usize) -> Option<UploadChunk> {
        let Stage::Open { id, sent, limit } = &mut self.stage else { return None };
        let offset = *sent;
        let end = (*limit).min(offset + most as u64).min(self.bytes.len() as u64);
        let (from, to) = (usize::try_from(offset).ok()?, usize::try_from(end).ok()?);
        if from >= to {
            return None;
        }
        *sent = end;
        Some(UploadChunk { upload: *id, offset, bytes: Chunk(self.bytes.slice(from..to)) })
    }
}
