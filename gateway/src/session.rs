//! One socket's session: first a stranger who may only say hello, then a principal whose frames are dispatched. It
//! knows nothing of the transport; what it says goes into its send queue.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use protocol::client::ClientFrame;
use protocol::code::{CloseCode, ErrorCode};
use protocol::codec;
use protocol::frame::{Error, Frame, Ref};
use protocol::id::ConversationId;
use protocol::server::{Done, Pong, ServerFrame};
use tokio::sync::Semaphore;

use crate::auth::peer::Peer;
use crate::error::rate_limited;
use crate::hub::{QueueLimits, SendQueue, Topic};
use crate::limit::Bucket;
use crate::service::authorize::Principal;
use crate::service::availability;
use crate::service::conversation::Access;
use crate::state::App;

mod dispatch;
mod follow;
pub mod heartbeat;
mod hello;
pub mod stored;

/// How long a stranger has until a hello is accepted.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// Hellos that a stranger may try on one socket.
const HELLO_TRIES: u32 = 3;
/// Conversations that one socket may start at once, and in a second, on average.
const START_BURST: u32 = 60;
const STARTS_PER_SECOND: f64 = 0.5;
/// Requests of one socket that may wait for Postgres at once; the next one waits for a place.
const READS_AT_ONCE: usize = 8;
/// Topics that one session may follow: as many conversations as anybody has open, and a few of its own.
const FOLLOWED_TOPICS: usize = 2_000;
/// Conversations that a session remembers it may see. Past it, all are looked up anew.
const KNOWN_CONVERSATIONS: usize = 10_000;

/// One socket's session.
pub struct Session {
    app: Arc<App>,
    peer: Peer,
    queue: Arc<SendQueue>,
    principal: Option<Arc<Principal>>,
    hellos: u32,
    frames: Bucket,
    starts: Bucket,
    topics: HashSet<Topic>,
    known: HashMap<ConversationId, Access>,
    reads: Arc<Semaphore>,
}

impl Session {
    /// A stranger's session on a new socket.
    #[must_use]
    pub fn open(app: Arc<App>, peer: Peer) -> Self {
        let queue = Arc::new(SendQueue::new(app.next_socket(), QueueLimits::default()));
        app.hub.connect(&queue);
        if app.draining() {
            queue.close(CloseCode::Draining);
        }
        Self {
            frames: Bucket::new(app.settings.frame_burst, f64::from(app.settings.frame_rate)),
            starts: Bucket::new(START_BURST, STARTS_PER_SECOND),
            app,
            peer,
            queue,
            principal: None,
            hellos: 0,
            topics: HashSet::new(),
            known: HashMap::new(),
            reads: Arc::new(Semaphore::new(READS_AT_ONCE)),
        }
    }

    /// Where its frames wait for the socket.
    #[must_use]
    pub fn queue(&self) -> &Arc<SendQueue> {
        &self.queue
    }

    /// Whether its hello was accepted.
    #[must_use]
    pub fn greeted(&self) -> bool {
        self.principal.is_some()
    }

    /// Takes one message: each of its frames in order. Frames behind a bad one are not taken.
    pub async fn receive(&mut self, message: &Bytes) {
        for frame in codec::frames(message) {
            if self.queue.closing() {
                return;
            }
            match frame {
                Ok(frame) => self.take(frame).await,
                Err(error) => {
                    self.fail(0, Error::new(ErrorCode::BadFrame, error.to_string()));
                    return self.queue.close(CloseCode::BadFrame);
                }
            }
        }
    }

    async fn take(&mut self, frame: Frame<'_>) {
        let reference = frame.reference;
        // Whatever it is, right or wrong: an answer costs the gateway more than a frame costs its sender.
        if let Err(retry_ms) = self.frames.take() {
            return self.fail(reference, rate_limited(retry_ms));
        }
        let request = match ClientFrame::decode(&frame) {
            Some(Ok(request)) => request,
            Some(Err(error)) => return self.fail(reference, error.into()),
            None => {
                let text = format!("there is no request with op {}", frame.op);
                return self.fail(reference, Error::new(ErrorCode::Unsupported, text));
            }
        };
        match (request, self.principal.clone()) {
            (ClientFrame::Ping(_), _) => self.queue.push_control(ServerFrame::from(Pong {}).encode(reference)),
            // That it arrived is all it says, and that has been noted.
            (ClientFrame::Pong(_), _) => {}
            (ClientFrame::Hello(hello), None) => self.hello(reference, hello).await,
            (ClientFrame::Hello(_), Some(_)) => {
                self.fail(reference, Error::new(ErrorCode::Conflict, "hello was said already"));
            }
            (_, None) => self.fail(reference, Error::new(ErrorCode::Unauthenticated, "say hello first")),
            (request, Some(principal)) => {
                if let Err(error) = self.dispatch(reference, request, &principal).await {
                    self.fail(reference, error);
                }
            }
        }
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
        }
    }
}
