//! One socket's session: first a stranger who may only say hello, then a principal whose frames are dispatched. It
//! knows nothing of the transport; what it says goes into its send queue.

use std::sync::Arc;
use std::time::Duration;

use protocol::client::ClientFrame;
use protocol::code::{CloseCode, ErrorCode};
use protocol::codec;
use protocol::frame::{Error, Frame, Op, Ref};
use protocol::id::ConversationId;
use protocol::server::{Done, Pong, ServerFrame, Throttle};
use protocol::value::FieldError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::peer::Peer;
use crate::auth::token::TokenHash;
use crate::error::rate_limited;
use crate::hub::{QueueLimits, SendQueue};
use crate::limit::{Allowance, Moment, Refusal};
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Access};
use crate::service::{availability, visit};
use crate::state::App;
use behind::Behind;
use known::Known;
use replays::Replays;
use topics::Topics;
use upload::Uploading;

mod behind;
mod dispatch;
mod follow;
pub mod heartbeat;
mod hello;
mod identify;
mod known;
mod replays;
pub mod stored;
mod topics;
mod upload;

/// Hellos that a stranger may try on one socket.
const HELLO_TRIES: u32 = 3;
/// Requests of one socket that may wait for Postgres at once; the next one waits for a place.
const READS_AT_ONCE: usize = 8;
/// Bytes that a frame's envelope counts for, besides its body: as many as it takes at least.
const ENVELOPE_BYTES: usize = 3;
/// The one frame that takes from no bucket when it was granted: credit paces it.
const UPLOAD_CHUNK: Op = 66;
/// The op of a `send`, which is to come again when it was one too many.
const SEND: Op = 18;
/// Unless its body is shorter than this: credit paces bytes, and a file in crumbs would cost as many frames.
const FREE_CHUNK_BYTES: usize = 1024;

/// What of a message may have to wait, and so is left to be done: a request, and the frames behind it.
pub struct Work {
    reference: Ref,
    request: ClientFrame,
    behind: Box<[u8]>,
}

/// One socket's session.
pub struct Session {
    app: Arc<App>,
    peer: Peer,
    queue: Arc<SendQueue>,
    principal: Option<Arc<Principal>>,
    hellos: u32,
    allowance: Allowance,
    /// What it has in common with the other sockets of its widget session or login.
    shared: Option<TokenHash>,
    topics: Topics,
    known: Known,
    behind: Behind,
    /// Made with the first, like those below: most sockets ask for nothing that needs them.
    reads: Option<Arc<Semaphore>>,
    replays: Option<Arc<Replays>>,
    uploading: Option<Uploading>,
}

impl Session {
    /// A stranger's session on a new socket.
    #[must_use]
    pub fn open(app: Arc<App>, peer: Peer) -> Self {
        let limits = &app.settings.limits;
        let bytes = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        let queue_limits = QueueLimits {
            durable_bytes: bytes(limits.queue_bytes),
            unstored_bytes: bytes(limits.unstored_bytes),
            ..QueueLimits::default()
        };
        let behind = Behind::new(limits.unstored_sends);
        let queue = Arc::new(SendQueue::new(app.next_socket(), queue_limits));
        app.hub.connect(&queue);
        if app.draining() {
            queue.close(CloseCode::Draining);
        }
        Self {
            allowance: app.limits.stranger(peer.address),
            app,
            peer,
            queue,
            principal: None,
            hellos: 0,
            shared: None,
            topics: Topics::default(),
            known: Known::default(),
            behind,
            reads: None,
            replays: None,
            uploading: None,
        }
    }

    /// Where its frames wait for the socket.
    #[must_use]
    pub fn queue(&self) -> &Arc<SendQueue> {
        &self.queue
    }

    /// How long a stranger has until a hello is accepted; `None` once one was.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        let seconds = self.app.settings.limits.hello_seconds;
        (!self.greeted()).then(|| Duration::from_secs(seconds.into()))
    }

    /// Whether its hello was accepted.
    fn greeted(&self) -> bool {
        self.principal.is_some()
    }

    /// Takes one message: each of its frames in order. Frames behind a bad one are not taken. One that may have to wait,
    /// and those behind it, are left for [`Session::work`].
    pub fn receive(&mut self, message: &[u8]) -> Option<Work> {
        self.forget_ended();
        let mut frames = codec::frames(message);
        while let Some(frame) = frames.next() {
            if self.queue.closing() {
                return None;
            }
            match frame {
                Ok(frame) => {
                    if let Some(request) = self.take(frame) {
                        return Some(Work { reference: frame.reference, request, behind: frames.rest().into() });
                    }
                }
                Err(error) => {
                    self.fail(0, Error::new(ErrorCode::BadFrame, error.to_string()));
                    self.queue.close(CloseCode::BadFrame);
                    return None;
                }
            }
        }
        None
    }

    /// Does what a message left to be done.
    pub async fn work(&mut self, work: Work) {
        let mut next = Some(work);
        while let Some(Work { reference, request, behind }) = next {
            match (request, self.principal.clone()) {
                (ClientFrame::Hello(hello), None) => {
                    self.hello(reference, hello).await;
                    if self.greeted() {
                        self.peer.forget_page();
                    }
                }
                (request, Some(principal)) => {
                    if let Err(error) = self.dispatch(reference, request, &principal).await {
                        self.fail(reference, error);
                    }
                }
                // Of a stranger nothing else is left to be done.
                (_, None) => {}
            }
            next = self.receive(&behind);
        }
    }

    /// Takes a frame: does what it asks at once, or leaves the request to be done.
    fn take(&mut self, frame: Frame<'_>) -> Option<ClientFrame> {
        let reference = frame.reference;
        let bytes = ENVELOPE_BYTES + frame.body.len();
        // Only if it is one that was asked for, which shows when it is taken.
        let free = frame.op == UPLOAD_CHUNK && frame.body.len() >= FREE_CHUNK_BYTES && self.greeted();
        // Whatever else it is, right or wrong: an answer costs the gateway more than a frame costs its sender.
        if !free && let Err(refusal) = self.allowance.take(&self.app.limits, bytes, Moment::now()) {
            let error = rate_limited(refusal.retry_ms);
            self.note_refused(&frame, &error);
            self.refuse(reference, refusal, Some(error));
            return None;
        }
        let request = match ClientFrame::decode(&frame) {
            Some(Ok(ClientFrame::UploadChunk(chunk))) if free => {
                self.free_chunk(reference, bytes, chunk);
                return None;
            }
            Some(Ok(request)) => request,
            Some(Err(error)) => {
                if free {
                    self.charge(reference, bytes, Some(error.into()));
                } else {
                    self.fail(reference, error.into());
                }
                return None;
            }
            None => {
                let text = format!("there is no request with op {}", frame.op);
                self.fail(reference, Error::new(ErrorCode::Unsupported, text));
                return None;
            }
        };
        self.begin(reference, request).unwrap_or_else(|error| {
            self.fail(reference, error);
            None
        })
    }

    fn begin(&mut self, reference: Ref, request: ClientFrame) -> Result<Option<ClientFrame>, Error> {
        match (request, self.principal.clone()) {
            (ClientFrame::Ping(_), _) => self.queue.push_control(ServerFrame::from(Pong {}).encode(reference)),
            // That it arrived is all it says, and that has been noted.
            (ClientFrame::Pong(_), _) => {}
            (request @ ClientFrame::Hello(_), None) => return Ok(Some(request)),
            (ClientFrame::Hello(_), Some(_)) => {
                return Err(Error::new(ErrorCode::Conflict, "hello was said already"));
            }
            (_, None) => return Err(Error::new(ErrorCode::Unauthenticated, "say hello first")),
            (request, Some(principal)) => {
                rules(&request)?;
                return self.at_once(reference, request, &principal);
            }
        }
        Ok(None)
    }

    /// Turns a frame away that is one too many, with `error` if that says more. Whoever goes on regardless is closed.
    fn refuse(&mut self, reference: Ref, refusal: Refusal, error: Option<Error>) {
        let Refusal { scope, retry_ms, tell, enough } = refusal;
        self.fail(reference, error.unwrap_or_else(|| rate_limited(retry_ms)));
        if tell {
            self.queue.push(ServerFrame::from(Throttle { scope, retry_ms }).encode(0));
        }
        if enough {
            tracing::debug!(socket = self.queue.id(), address = %self.peer.address, ?scope, "closed for sending too much");
            self.queue.close(CloseCode::RateLimited);
        }
    }

    /// Forgets the conversations that were erased, so that whatever names one is looked up, and not found.
    fn forget_ended(&mut self) {
        for conversation in self.queue.take_ended() {
            if let Some(principal) = self.principal.clone() {
                self.unfollow(&principal, conversation);
            }
            self.known.forget(conversation);
        }
    }

    /// What the session may do in a conversation: remembered, or looked up.
    async fn access(&mut self, principal: &Principal, id: ConversationId) -> Result<Access, Error> {
        if let Some(access) = self.known.access(id) {
            return Ok(access);
        }
        let (access, _) = Box::pin(conversation::find(&self.app, principal, id)).await?;
        self.known.remember(access);
        Ok(access)
    }

    /// Waits for a place among the requests that wait for Postgres.
    async fn reading(&mut self) -> Option<OwnedSemaphorePermit> {
        let reads = self.reads.get_or_insert_with(|| Arc::new(Semaphore::new(READS_AT_ONCE)));
        Arc::clone(reads).acquire_owned().await.ok()
    }

    /// Answers a request, or says nothing if none was wanted.
    fn reply(&self, reference: Ref, frame: impl Into<ServerFrame>) {
        if reference != 0 {
            self.queue.push(frame.into().encode(reference));
        }
    }

    fn done(&self, reference: Ref) {
        self.reply(reference, Done {});
    }

    fn fail(&self, reference: Ref, error: Error) {
        fail(&self.queue, reference, error);
    }
}

/// The rules of a frame's fields. A chunk's are for its upload to tell, which ends when one is broken.
fn rules(request: &ClientFrame) -> Result<(), FieldError> {
    match request {
        ClientFrame::UploadChunk(_) => Ok(()),
        request => request.check(),
    }
}

/// Tells a socket that a request failed, also one that wanted no reply.
fn fail(queue: &SendQueue, reference: Ref, error: Error) {
    queue.push(ServerFrame::from(error).encode(reference));
}

impl Drop for Session {
    fn drop(&mut self) {
        // Replays that are under way end here; a reason that was given before stands.
        self.queue.close(CloseCode::Fault);
        self.app.hub.disconnect(self.queue.id(), self.topics.drain());
        if let Some(principal) = &self.principal {
            availability::leave(&self.app, principal);
            visit::end(&self.app, principal, self.queue.id());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ops_that_are_told_before_they_are_read_are_those() {
        assert!(ClientFrame::OPS.contains(&(UPLOAD_CHUNK, "upload_chunk")));
        assert!(ClientFrame::OPS.contains(&(SEND, "send")));
    }
}
