//! One socket from its handshake to its end, whatever talks on it. It is one task, which wakes when there is something to
//! read or to write, and owns no buffer while there is not.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use protocol::code::CloseCode;
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::frame::CloseFrame;
use super::input::{Input, Message, Read, Taken};
use super::output::{Outgoing, Output, Stopped};
use super::parting::{self, Ending};
use crate::hub::SendQueue;

/// What talks on a socket: it takes the peer's messages, and says things by its queue.
pub trait Talker: Send + 'static {
    /// What of a message cannot be done at once.
    type Work: Send;

    /// Where what it says waits for the socket.
    fn queue(&self) -> &Arc<SendQueue>;

    /// For how long the peer may go on, from the handshake, before it has said who it is. `None` once it has, or where
    /// nobody asks.
    fn patience(&self) -> Option<Duration>;

    /// Takes a text or binary message. What it leaves to be done, by [`Talker::work`], is done before the next one is taken.
    fn receive(&mut self, message: Message<'_>) -> Option<Self::Work>;

    /// Does what could not be done at once.
    fn work(&mut self, work: Self::Work) -> impl Future<Output = ()> + Send;

    /// Makes messages of `frames`, which the queue gave.
    fn pack(frames: &[Bytes], out: &mut Outgoing<'_>);

    /// How to close a socket whose peer breaks the WebSocket protocol.
    #[must_use]
    fn close_frame(fault: Fault) -> CloseFrame {
        let (code, reason) = match fault {
            Fault::Protocol => (1002, "protocol error"),
            Fault::NotUtf8 => (1007, "not UTF-8"),
            Fault::TooLong => (1009, "message too long"),
        };
        CloseFrame { code, reason }
    }
}

/// How a peer can break the WebSocket protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its frames are not those of RFC 6455.
    Protocol,
    /// A text that is not UTF-8.
    NotUtf8,
    /// A message beyond [`Bounds::message_bytes`].
    TooLong,
}

/// How much a peer may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Longest message, in bytes.
    pub message_bytes: usize,
}

/// Serves a socket until it ends, and drops `held` then. `early` is what of the peer's bytes was read with its handshake.
///
/// Not an `async fn`: that would keep room for its arguments twice.
pub fn serve<T: Talker>(
    stream: TcpStream,
    early: Vec<u8>,
    bounds: Bounds,
    mut talker: T,
    held: impl Send + 'static,
) -> impl Future<Output = ()> + Send {
    let mut connection = Connection {
        stream,
        queue: Arc::clone(talker.queue()),
        input: Input::after(early),
        output: Output::default(),
        message_bytes: bounds.message_bytes,
        impatient: talker.patience().map(|patience| Box::pin(sleep(patience))),
    };
    async move {
        let ending = loop {
            match std::future::poll_fn(|context| connection.poll(context, &mut talker)).await {
                Turn::End(ending) => break ending,
                // Boxed, like all that is rare: an idle socket keeps room for the largest step that it may have to wait in.
                Turn::Work(work) => {
                    let mut work = Box::pin(talker.work(work));
                    let worked = std::future::poll_fn(|context| connection.poll_beside::<T, _>(context, work.as_mut()));
                    if let Some(ending) = worked.await {
                        break ending;
                    }
                }
            }
        };
        // The talker ends now; its peer is given time to read what was said.
        drop(talker);
        let Connection { stream, queue, output, .. } = connection;
        Box::pin(parting::part::<T>(stream, queue, output, ending)).await;
        drop(held);
    }
}

/// What a socket's task does next.
enum Turn<W> {
    Work(W),
    End(Ending),
}

struct Connection {
    stream: TcpStream,
    queue: Arc<SendQueue>,
    input: Input,
    output: Output,
    message_bytes: usize,
    /// Until the peer has said who it is.
    impatient: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    /// Reads and writes what there is.
    fn poll<T: Talker>(&mut self, context: &mut Context<'_>, talker: &mut T) -> Poll<Turn<T::Work>> {
        if self.impatient.is_some() {
            self.lose_patience(context, talker);
        }
        loop {
            let read = self.poll_read(context, talker);
            if read.is_pending() && self.output.waits_a_round(context) {
                return Poll::Pending;
            }
            // Also before it ends: what was said in answer may be a good deal, and may still be wanted.
            let stopped = self.output.poll::<T>(context, &mut self.stream, &self.queue);
            let end = match (read, stopped) {
                (Poll::Ready(Read::Fault(fault)), _) => {
                    self.queue.close(CloseCode::BadFrame);
                    Ending::Fault(fault)
                }
                (Poll::Ready(Read::Goodbye(code)), _) => Ending::Goodbye(code),
                (Poll::Ready(Read::Left), _) | (_, Poll::Ready(Stopped::Gone)) => Ending::Left,
                (_, Poll::Ready(Stopped::Closing)) | (Poll::Ready(Read::Enough), _) => Ending::Closing,
                (Poll::Ready(Read::Work(work)), Poll::Pending) => return Poll::Ready(Turn::Work(work)),
                (Poll::Ready(Read::Some), Poll::Pending) => continue,
                (Poll::Pending, Poll::Pending) => return Poll::Pending,
            };
            return Poll::Ready(Turn::End(end));
        }
    }

    fn poll_read<T: Talker>(&mut self, context: &mut Context<'_>, talker: &mut T) -> Poll<Read<T::Work>> {
        let queue = &self.queue;
        let take = |message: Message<'_>| match talker.receive(message) {
            _ if queue.closing() => Taken::Enough,
            None => Taken::Done,
            Some(work) => Taken::Work(work),
        };
        let read = self.input.poll(context, &mut self.stream, self.message_bytes, &mut self.output, take);
        if read.is_ready() {
            queue.hear();
        }
        read
    }

    fn lose_patience<T: Talker>(&mut self, context: &mut Context<'_>, talker: &T) {
        let Some(impatient) = &mut self.impatient else { return };
        if talker.patience().is_none() {
            self.impatient = None;
        } else if impatient.as_mut().poll(context).is_ready() {
            self.queue.close(CloseCode::NoHello);
        }
    }

    /// Writes while the talker works, and reads nothing. Ends with the work, or with the socket if that ends before.
    fn poll_beside<T: Talker, W: Future<Output = ()>>(
        &mut self,
        context: &mut Context<'_>,
        work: Pin<&mut W>,
    ) -> Poll<Option<Ending>> {
        if work.poll(context).is_ready() {
            return Poll::Ready(None);
        }
        self.output.poll::<T>(context, &mut self.stream, &self.queue).map(|stopped| match stopped {
            Stopped::Closing => Some(Ending::Closing),
            Stopped::Gone => Some(Ending::Left),
        })
    }
}
