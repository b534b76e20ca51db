//! What a chat has to say, as soon as it may.

use tokio::time::Instant;

use super::{Asked, Chat};
use crate::client::{Follow, Pong};
use crate::connection::log::Log;
use crate::frame::Ref;
use crate::limit;

impl Chat {
    /// Sends what can be sent now: follows, the outbox in its order, the request, and of files what they have credit
    /// for. Messages come before chunks: they wait for no more of a file than is on its way already.
    pub(super) fn say(&mut self) {
        if self.connection.is_none() || self.hold.is_some_and(|hold| hold > Instant::now()) {
            return;
        }
        self.hold = None;
        self.missed();
        let Some(connection) = self.connection.as_mut() else { return };
        for (&conversation, log) in self.logs.iter_mut().filter(|(_, log)| !log.live() && !log.is_asked()) {
            let reference = connection.reference();
            connection.send_frame(&Follow { conversation, cursor: Some(log.cursor()) }.into(), reference);
            log.asked();
            self.asked.insert(reference, Asked::Follow(conversation));
        }
        let limits = self.welcome.as_ref().map(|welcome| &welcome.limits);
        let window = limits.map_or(1, |limits| limits.unstored_sends as usize);
        for send in self.outbox.due(window, |conversation| self.logs.get(&conversation).is_some_and(Log::live)) {
            let reference = connection.reference();
            self.asked.insert(reference, Asked::Send(send.client_id.clone()));
            connection.send_frame(&send.into(), reference);
        }
        // Behind what was sent before it was asked.
        if let Some(asking) = self.asking.as_mut().filter(|asking| asking.reference.is_none()) {
            let reference = connection.reference();
            connection.send_frame(&asking.frame, reference);
            asking.reference = Some(reference);
        }
        let at_once = limits.map_or(1, |limits| limits.uploads_at_once.max(1) as usize);
        for open in self.uploads.due(at_once) {
            let reference = connection.reference();
            self.asked.insert(reference, Asked::Upload(open.client_id.clone()));
            connection.send_frame(&open.into(), reference);
        }
        let chunk = limits.map(|limits| limits.upload_chunk_bytes as usize).filter(|bytes| *bytes > 0);
        for chunk in self.uploads.chunks(chunk.unwrap_or(limit::UPLOAD_CHUNK_BYTES)) {
            connection.send_frame(&chunk.into(), 0);
        }
    }

    /// Answers a ping at once, held back or not: without an answer the socket is given up.
    pub(super) fn pong(&mut self, reference: Ref) {
        if let Some(connection) = self.connection.as_mut() {
            connection.send_frame(&Pong {}.into(), reference);
        }
    }
}
