//! A session on a socket: its messages are binary, each holds one or more frames.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use protocol::code::CloseCode;
use protocol::limit;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WsCloseCode;

use super::connection::{Fault, Talker};
use super::writing::close_frame;
use crate::hub::SendQueue;
use crate::session::Session;

impl Talker for Session {
    fn queue(&self) -> &Arc<SendQueue> {
        self.queue()
    }

    fn patience(&self) -> Option<Duration> {
        self.patience()
    }

    async fn receive(&mut self, message: Message) {
        match message {
            Message::Binary(bytes) => self.receive(&bytes).await,
            _ => self.queue().close(CloseCode::BadFrame),
        }
    }

    /// Packs frames into messages of at most [`limit::FRAME_BYTES`]; a larger frame has a message of its own.
    fn pack(frames: &mut VecDeque<Bytes>) -> Option<Message> {
        let first = frames.pop_front()?;
        let fits =
            |packed: usize, next: Option<&Bytes>| next.is_some_and(|next| packed + next.len() <= limit::FRAME_BYTES);
        if !fits(first.len(), frames.front()) {
            return Some(Message::Binary(first));
        }
        let mut packed = BytesMut::from(&first[..]);
        while fits(packed.len(), frames.front())
            && let Some(next) = frames.pop_front()
        {
            packed.extend_from_slice(&next);
        }
        Some(Message::Binary(packed.freeze()))
    }

    fn close_frame(fault: Fault) -> CloseFrame {
        match fault {
            Fault::TooLong => close_frame(CloseCode::TooLarge),
            Fault::NotUtf8 => CloseFrame { code: WsCloseCode::Invalid, reason: "not UTF-8".into() },
            Fault::Protocol => CloseFrame { code: WsCloseCode::Protocol, reason: "protocol error".into() },
        }
    }
}
