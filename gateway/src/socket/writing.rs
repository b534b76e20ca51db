//! A socket's writer: it takes what is queued, writes it as few messages, and flushes once.

use std::collections::VecDeque;
use std::sync::OnceLock;

use bytes::Bytes;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use protocol::code::CloseCode;
use tokio_tungstenite::tungstenite::error::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::connection::{Fault, Socket, Talker};
use crate::hub::SendQueue;

/// Bytes after which tungstenite writes before the flush. Above most of what is taken at a time, so that a flush is one
/// write. It buffers no more than these and one message.
pub(super) const WRITE_BUFFER_BYTES: usize = 128 * 1024;

/// Writes what is queued until the close has been written or the peer is gone.
pub(super) async fn write<T: Talker>(
    sink: &mut SplitSink<Socket, Message>,
    queue: &SendQueue,
    fault: &OnceLock<Fault>,
) {
    loop {
        let taken = queue.take().await;
        let written = tokio::select! {
            biased;
            written = hand_over::<T>(sink, taken.frames.into()) => written,
            // The rest of what was taken is dropped, and the close comes next.
            () = queue.overflowed() => Ok(()),
        };
        queue.written(taken.bytes);
        if written.is_err() {
            return;
        }
        if let Some(code) = taken.close {
            let frame = fault.get().map_or_else(|| close_frame(code), |fault| T::close_frame(*fault));
            // The peer may be gone already, which is just as well.
            let _ = sink.send(Message::Close(Some(frame))).await;
            return;
        }
    }
}

async fn hand_over<T: Talker>(
    sink: &mut SplitSink<Socket, Message>,
    mut frames: VecDeque<Bytes>,
) -> Result<(), WsError> {
    while let Some(message) = T::pack(&mut frames) {
        sink.feed(message).await?;
    }
    sink.flush().await
}

/// The close frame of one of our own codes.
pub(super) fn close_frame(code: CloseCode) -> CloseFrame {
    CloseFrame { code: code.number().into(), reason: Utf8Bytes::from_static(code.reason()) }
}
