//! How far an upload is.

use serde::{Deserialize, Serialize};

use crate::id::AttachmentId;
use crate::value::Attachment;

/// An upload is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UploadReady {
    /// The request's key.
    pub client_id: String,
    /// The upload.
    pub upload: AttachmentId,
    /// What the gateway has of it: send from here on.
    pub offset: u64,
    /// So many bytes behind `offset` may be sent now.
    pub credit: u32,
}

/// An upload goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UploadCredit {
    /// Which one.
    pub upload: AttachmentId,
    /// What the gateway has of it.
    pub offset: u64,
    /// So many bytes behind `offset` may be sent, those already on their way included. It never takes back what it
    /// gave: `offset + credit` only grows.
    pub credit: u32,
}

/// A file is whole: its length, its SHA-256 and its type were checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UploadDone {
    /// The key that it was opened with.
    pub client_id: String,
    /// The file: send it as the `attachment` of an entry.
    pub attachment: Attachment,
}
