//! A file, and how far it is on its way.

use std::sync::Arc;

use bytes::Bytes;
use protocol::client::{Chunk, ClientFrame, UploadChunk, UploadOpen};
use protocol::connection::upload::sha256;
use protocol::id::{AttachmentId, ConversationId};
use protocol::limit::UPLOAD_CHUNK_BYTES;

/// What makes a file one of its type for whoever looks at its first bytes.
const MAGIC: &[u8] = b"%PDF-1.7\n";
/// Its media type.
const MEDIA_TYPE: &str = "application/pdf";

/// The contents of all files of a run: each client's begins elsewhere in the same noise.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    noise: Arc<[u8]>,
    size: usize,
}

impl Contents {
    /// Files of `size` bytes each, for so many clients.
    pub(crate) fn new(size: usize, clients: usize) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let noise = (0..size + clients).map(|_| {
            // Xorshift (Marsaglia): no two clients' files begin alike, and nothing compresses.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        });
        Self { noise: noise.collect(), size }
    }

    /// A client's file.
    pub(crate) fn of(&self, client: usize) -> Bytes {
        let noise = self.noise.get(client..client + self.size).unwrap_or_default();
        let mut bytes = noise.to_vec();
        let magic = MAGIC.len().min(bytes.len());
        bytes[..magic].copy_from_slice(&MAGIC[..magic]);
        bytes.into()
    }
}

/// A client's file, to be sent again and again.
#[derive(Clone, Debug)]
pub(crate) struct File {
    bytes: Bytes,
    /// Its SHA-256, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// How far a file is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    /// Which upload.
    pub(crate) upload: AttachmentId,
    offset: u64,
}

impl File {
    /// Of these bytes.
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { sha256: sha256(&bytes), bytes }
    }

    /// Its length.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The request to send it under this name.
    pub(crate) fn open(&self, conversation: ConversationId, client_id: String) -> ClientFrame {
        UploadOpen {
            conversation,
            client_id,
            name: "photo-of-the-pot.pdf".into(),
            size: self.len(),
            media_type: MEDIA_TYPE.into(),
            sha256: self.sha256.clone(),
        }
        .into()
    }

    /// The chunks that may be sent when there is credit up to `limit`.
    pub(crate) fn chunks(&self, sent: &mut Sent, limit: u64, mut send: impl FnMut(ClientFrame)) {
        let limit = limit.min(self.len());
        while sent.offset < limit {
            let end = limit.min(sent.offset + UPLOAD_CHUNK_BYTES as u64);
            let part = self.bytes.slice(sent.offset as usize..end as usize);
            send(UploadChunk { upload: sent.upload, offset: sent.offset, bytes: Chunk(part) }.into());
            sent.offset = end;
        }
    }
}

impl Sent {
    /// Nothing of it yet but `offset` bytes.
    pub(crate) fn from(upload: AttachmentId, offset: u64) -> Self {
        Self { upload, offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_differ_and_go_in_chunks_as_far_as_the_credit() {
        let contents = Contents::new(40_000, 2);
        let file = File::new(contents.of(0));
        assert!(contents.of(0) != contents.of(1) && contents.of(1).starts_with(MAGIC));
        let mut sent = Sent::from(AttachmentId::generate(), 0);
        let mut lengths = Vec::new();
        let mut chunks = |limit: u64| {
            file.chunks(&mut sent, limit, |frame| {
                frame.check().unwrap();
                let ClientFrame::UploadChunk(chunk) = frame else { unreachable!("a chunk") };
                lengths.push(chunk.bytes.0.len());
            });
        };
        chunks(20_000);
        chunks(20_000);
        chunks(1_000_000);
        assert_eq!(lengths, [16_384, 3_616, 16_384, 3_616]);
    }
}
