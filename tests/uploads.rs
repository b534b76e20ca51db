//! Files over the socket: cut off and gone on with, several at once, refused, given up, and fetched again.

use protocol::client::{Chunk, ClientFrame, UploadChunk, UploadOpen};
use protocol::connection::Connection;
use protocol::connection::upload::sha256;
use protocol::frame::Error;
use protocol::id::{AttachmentId, ConversationId};
use protocol::limit::UPLOAD_CHUNK_BYTES;
use protocol::server::{ServerFrame, UploadDone, UploadReady};
use protocol::value::Attachment;
use tests::gateway::TestGateway;
use tests::http::Answer;

use crate::delivery::find;

mod bounds;
mod cut;
mod kept;
mod link;
mod refused;
mod taken;

/// What a PNG begins with.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// A file of so many bytes that looks like a PNG, each with bytes of its own.
pub(crate) fn png(size: usize, seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed) << 32 | 0x9e37_79b9;
    let noise = std::iter::from_fn(|| {
        // Xorshift: cheap, and nothing repeats.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state.to_le_bytes()[3])
    });
    PNG.iter().copied().chain(noise).take(size).collect()
}

pub(crate) fn announce(conversation: ConversationId, client_id: &str, bytes: &[u8]) -> UploadOpen {
    UploadOpen {
        conversation,
        client_id: client_id.into(),
        name: "fern.png".into(),
        size: bytes.len() as u64,
        media_type: "image/png".into(),
        sha256: sha256(bytes),
    }
}

async fn open(socket: &mut Connection, request: &UploadOpen) -> UploadReady {
    reply!(socket, request.clone(), UploadReady)
}

fn chunk(upload: AttachmentId, offset: u64, bytes: &[u8]) -> ClientFrame {
    UploadChunk { upload, offset, bytes: Chunk(bytes.to_vec().into()) }.into()
}

/// Sends what there is credit for, until the file is whole or `stop` says so of what the gateway has.
async fn send(
    socket: &mut Connection,
    ready: &UploadReady,
    bytes: &[u8],
    stop: impl Fn(u64) -> bool,
) -> Option<UploadDone> {
    let (mut sent, mut limit) = (ready.offset, ready.offset + u64::from(ready.credit));
    loop {
        while sent < limit.min(bytes.len() as u64) {
            let end = limit.min(sent + UPLOAD_CHUNK_BYTES as u64).min(bytes.len() as u64);
            let part = usize::try_from(sent).unwrap()..usize::try_from(end).unwrap();
            socket.send_frame(&chunk(ready.upload, sent, &bytes[part]), 0);
            sent = end;
        }
        let news = find(socket, |frame| match frame {
            ServerFrame::UploadCredit(credit) if credit.upload == ready.upload => Some(Ok(credit)),
            ServerFrame::UploadDone(done) if done.attachment.id == ready.upload => Some(Err(done)),
            ServerFrame::Error(error) => panic!("{error:?}"),
            _ => None,
        })
        .await;
        match news {
            Ok(credit) if stop(credit.offset) => return None,
            Ok(credit) => limit = limit.max(credit.offset + u64::from(credit.credit)),
            Err(done) => return Some(done),
        }
    }
}

/// Sends a whole file.
pub(crate) async fn upload(socket: &mut Connection, request: &UploadOpen, bytes: &[u8]) -> Attachment {
    let ready = open(socket, request).await;
    send(socket, &ready, bytes, |_| false).await.expect("it is whole").attachment
}

/// The error that ends an upload on a socket.
async fn end(socket: &mut Connection, upload: AttachmentId) -> Error {
    find(socket, |frame| match frame {
        ServerFrame::Error(error) if error.upload == Some(upload) => Some(error),
        _ => None,
    })
    .await
}

async fn fetch(gateway: &TestGateway, url: &str) -> Answer {
    gateway.http("GET", url, &[], None).await
}
