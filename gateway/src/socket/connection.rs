//! One socket from its handshake to its end, whatever talks on it: a reader that hands it messages, a writer that takes
//! what is queued, and a goodbye that the peer can still read.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use protocol::code::CloseCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WsCloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use super::writing::{WRITE_BUFFER_BYTES, write};
use crate::hub::SendQueue;

/// Bytes of a socket's read buffer: a few chat messages. Larger messages grow it for as long as they take.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// How long a closing socket may take to read what is left for it.
const CLOSE_LINGER: Duration = Duration::from_secs(5);
/// How long one may that was too slow: it was not reading, and should learn why once it does. It costs no more than
/// the socket's buffers by then.
const SLOW_LINGER: Duration = Duration::from_secs(30);
/// How long a peer that has been sent all, and was not too slow, may take to say goodbye as well.
const PARTING: Duration = Duration::from_secs(1);

/// Bytes that a peer may still send once its socket is closing. Whoever sends more does not listen.
const UNHEARD_BYTES: usize = 1024 * 1024;
/// What the shortest frame of a client takes besides its payload: two bytes and the mask.
const FRAME_HEAD_BYTES: usize = 6;

pub(super) type Socket = WebSocketStream<TcpStream>;

/// What talks on a socket: it takes the peer's messages, and says things by its queue.
pub trait Talker: Send + 'static {
    /// Where what it says waits for the socket.
    fn queue(&self) -> &Arc<SendQueue>;

    /// For how long the peer may go on, from the handshake, before it has said who it is. `None` once it has, or where
    /// nobody asks.
    fn patience(&self) -> Option<Duration>;

    /// Takes a text or binary message.
    fn receive(&mut self, message: Message) -> impl Future<Output = ()> + Send;

    /// Makes the next message of the first of `frames`, which the queue gave. `None` when there are none.
    fn pack(frames: &mut VecDeque<Bytes>) -> Option<Message>;

    /// How to close a socket whose peer breaks the WebSocket protocol.
    fn close_frame(fault: Fault) -> CloseFrame {
        let (code, reason) = match fault {
            Fault::Protocol => (WsCloseCode::Protocol, "protocol error"),
            Fault::NotUtf8 => (WsCloseCode::Invalid, "not UTF-8"),
            Fault::TooLong => (WsCloseCode::Size, "message too long"),
        };
        CloseFrame { code, reason: reason.into() }
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

/// Serves a socket until it ends. `early` is what of the peer's bytes was read with its handshake.
pub async fn serve<T: Talker>(stream: TcpStream, early: Vec<u8>, bounds: Bounds, talker: T) {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(Some(bounds.message_bytes))
        .max_frame_size(Some(bounds.message_bytes));
    let socket = WebSocketStream::from_partially_read(stream, early, Role::Server, Some(config)).await;
    let queue = Arc::clone(talker.queue());
    let fault = OnceLock::new();
    let (mut sink, mut stream) = socket.split();
    let too_late = linger(&queue);
    tokio::pin!(too_late);
    tokio::select! {
        done = read(&mut stream, talker, &fault) => if done == Done::Floods { return },
        () = write::<T>(&mut sink, &queue, &fault) => {}
        () = &mut too_late => {
            return tracing::debug!(socket = queue.id(), "a closing socket was dropped unread");
        }
    }
    // Whoever left on their own is given as long as others to have read it.
    queue.close(CloseCode::Fault);
    let slow = queue.closed().await == CloseCode::Slow;
    if let Ok(socket) = stream.reunite(sink) {
        tokio::select! {
            () = part(socket) => {}
            () = tokio::time::sleep(PARTING), if !slow => {}
            () = &mut too_late => {}
        }
    }
}

/// Why there is nothing more to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    /// The peer has left.
    Left,
    /// It goes on sending though its socket is closing.
    Floods,
}

/// Hands each message to the talker, until the peer has left.
async fn read<T: Talker>(stream: &mut SplitStream<Socket>, mut talker: T, fault: &OnceLock<Fault>) -> Done {
    let queue = Arc::clone(talker.queue());
    let impatient = tokio::time::sleep(talker.patience().unwrap_or_default());
    tokio::pin!(impatient);
    while !queue.closing() {
        let message = tokio::select! {
            message = stream.next() => message,
            () = &mut impatient, if talker.patience().is_some() => {
                queue.close(CloseCode::NoHello);
                break;
            }
        };
        match message {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                queue.hear();
                talker.receive(message).await;
            }
            // Pings and closes are answered by reading on, until there is nothing left to read.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_))) => queue.hear(),
            None => return Done::Left,
            Some(Err(error)) => {
                tracing::debug!(%error, socket = queue.id(), "a socket broke");
                let Some(found) = fault_of(&error) else { return Done::Left };
                let _ = fault.set(found);
                queue.close(CloseCode::BadFrame);
            }
        }
    }
    // The talker ends now; the writer is given time to say goodbye. What the peer still sends is not kept, lest it
    // waits for room before it reads.
    drop(talker);
    let mut unheard = 0;
    while let Some(Ok(message)) = stream.next().await {
        unheard += FRAME_HEAD_BYTES + message.len();
        if unheard > UNHEARD_BYTES {
            tracing::debug!(socket = queue.id(), "a closing socket was dropped: its peer goes on sending");
            return Done::Floods;
        }
    }
    std::future::pending().await
}

/// What the peer did wrong, unless it merely went away.
fn fault_of(error: &WsError) -> Option<Fault> {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    match error {
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        WsError::Capacity(_) => Some(Fault::TooLong),
        WsError::Utf8(_) => Some(Fault::NotUtf8),
        WsError::Protocol(_) => Some(Fault::Protocol),
        _ => None,
    }
}

/// Resolves when a closing socket's peer has had its time to read its last frames.
async fn linger(queue: &SendQueue) {
    let patience = match queue.closed().await {
        CloseCode::Slow => SLOW_LINGER,
        _ => CLOSE_LINGER,
    };
    tokio::time::sleep(patience).await;
}

/// Says that nothing more will come, and waits until the peer is done as well: a connection that is closed with bytes
/// unread is reset, and a reset may overtake what the peer has not read yet.
async fn part(mut socket: Socket) {
    let stream = socket.get_mut();
    if stream.shutdown().await.is_err() {
        return;
    }
    // Not on the stack of a task that is idle most of the time.
    let (mut unheard, mut buffer) = (0, vec![0; READ_BUFFER_BYTES]);
    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
        unheard += bytes;
        if unheard > UNHEARD_BYTES {
            return;
        }
    }
}
