//! A session on a socket: its messages are binary, each holds one or more frames.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::code::CloseCode;
use protocol::limit;

use super::connection::{Fault, Talker};
use super::frame::CloseFrame;
use super::input::Message;
use super::output::Outgoing;
use super::parting::close_frame;
use crate::hub::SendQueue;
use crate::session::{Session, Work};

impl Talker for Session {
    type Work = Work;

    fn queue(&self) -> &Arc<SendQueue> {
        self.queue()
    }

    fn patience(&self) -> Option<Duration> {
        self.patience()
    }

    fn receive(&mut self, message: Message<'_>) -> Option<Work> {
        let Message::Binary(bytes) = message else {
            self.queue().close(CloseCode::BadFrame);
            return None;
        };
        self.receive(bytes)
    }

    async fn work(&mut self, work: Work) {
        self.work(work).await;
    }

    /// Packs frames into messages of at most [`limit::FRAME_BYTES`]; a larger frame has a message of its own.
    fn pack(frames: &[Bytes], out: &mut Outgoing<'_>) {
        let mut rest = frames;
        while let Some(first) = rest.first() {
            let (mut packed, mut bytes) = (1, first.len());
            while let Some(next) = rest.get(packed)
                && bytes + next.len() <= limit::FRAME_BYTES
            {
                packed += 1;
                bytes += next.len();
            }
            out.binary(&rest[..packed]);
            rest = &rest[packed..];
        }
    }

    fn close_frame(fault: Fault) -> CloseFrame {
        match fault {
            Fault::TooLong => close_frame(CloseCode::TooLarge),
            Fault::NotUtf8 => CloseFrame { code: 1007, reason: "not UTF-8" },
            Fault::Protocol => CloseFrame { code: 1002, reason: "protocol error" },
        }
    }
}
