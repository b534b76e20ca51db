//! One socket from its upgrade to its end: a reader that hands messages to the session, and a writer that takes all
//! that is queued, writes it as few messages, and flushes once.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use protocol::code::CloseCode;
use protocol::limit;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::auth::peer::Peer;
use crate::http::listen::ConnectionPlace;
use crate::hub::SendQueue;
use crate::session::Session;
use crate::state::App;

/// Bytes of a socket's read buffer: a few chat messages. Larger messages grow it for as long as they take.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// Bytes after which tungstenite writes before the flush. Above a whole flush, so that a flush is one write.
const WRITE_BUFFER_BYTES: usize = 128 * 1024;
/// How long a closing socket may take to read what is left for it.
const CLOSE_LINGER: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<TcpStream>;

/// Serves a socket until it ends, and keeps its place among the connections for as long.
pub(super) async fn run(app: Arc<App>, upgrade: OnUpgrade, peer: Peer, _place: ConnectionPlace) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => return tracing::debug!(%error, "the client left during the handshake"),
    };
    let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        return tracing::error!("the listener serves something other than TCP");
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(Some(limit::FRAME_BYTES))
        .max_frame_size(Some(limit::FRAME_BYTES));
    // Copied, because even an empty slice of hyper's read buffer would keep all of it alive.
    let early = read_buf.to_vec();
    drop(read_buf);
    let socket = WebSocketStream::from_partially_read(io.into_inner(), early, Role::Server, Some(config)).await;

    let session = Session::open(app, peer);
    let queue = Arc::clone(session.queue());
    let (sink, stream) = socket.split();
    tokio::select! {
        () = read(stream, session) => {}
        () = write(sink, &queue) => {}
        () = linger(&queue) => tracing::debug!(socket = queue.id(), "a closing socket was dropped unread"),
    }
}

/// Hands each message to the session, until the peer leaves or the session closes.
async fn read(mut stream: SplitStream<Socket>, mut session: Session) {
    let queue = Arc::clone(session.queue());
    let hello_by = tokio::time::sleep(crate::session::HELLO_TIMEOUT);
    tokio::pin!(hello_by);
    loop {
        let message = tokio::select! {
            message = stream.next() => message,
            () = &mut hello_by, if !session.greeted() => {
                queue.close(CloseCode::NoHello);
                break;
            }
        };
        match message {
            Some(Ok(Message::Binary(bytes))) => {
                queue.hear();
                session.receive(&bytes).await;
            }
            Some(Ok(Message::Text(_))) => queue.close(CloseCode::BadFrame),
            // A close is answered by reading on, until there is nothing left to read.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_))) => queue.hear(),
            None => return,
            Some(Err(WsError::Capacity(CapacityError::MessageTooLong { .. }))) => {
                queue.close(CloseCode::TooLarge);
                break;
            }
            Some(Err(error)) => return tracing::debug!(%error, socket = queue.id(), "a socket broke"),
        }
        if queue.closing() {
            break;
        }
    }
    // The session ends now; the writer is given time to say goodbye.
    drop(session);
    std::future::pending::<()>().await;
}

/// Writes what is queued until the close has been written or the peer is gone.
async fn write(mut sink: SplitSink<Socket, Message>, queue: &SendQueue) {
    loop {
        let taken = queue.take().await;
        if feed(&mut sink, taken.frames).await.is_err() || sink.flush().await.is_err() {
            return;
        }
        if let Some(code) = taken.close {
            let frame = CloseFrame { code: code.number().into(), reason: Utf8Bytes::from_static(code.reason()) };
            // The peer may be gone already, which is just as well.
            let _ = sink.send(Message::Close(Some(frame))).await;
            let _ = sink.close().await;
            return;
        }
    }
}

/// Packs frames into messages of at most [`limit::FRAME_BYTES`]; a larger frame has a message of its own.
async fn feed(sink: &mut SplitSink<Socket, Message>, frames: Vec<Bytes>) -> Result<(), WsError> {
    let mut frames = frames.into_iter().peekable();
    while let Some(first) = frames.next() {
        let fits = |packed: usize, next: &Bytes| packed + next.len() <= limit::FRAME_BYTES;
        let message = if frames.peek().is_some_and(|next| fits(first.len(), next)) {
            let mut packed = BytesMut::from(&first[..]);
            while let Some(next) = frames.next_if(|next| fits(packed.len(), next)) {
                packed.extend_from_slice(&next);
            }
            packed.freeze()
        } else {
            first
        };
        sink.feed(Message::Binary(message)).await?;
    }
    Ok(())
}

/// Ends a socket whose peer does not read its last frames.
async fn linger(queue: &SendQueue) {
    queue.closed().await;
    tokio::time::sleep(CLOSE_LINGER).await;
}
