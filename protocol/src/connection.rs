//! A client over TCP, for tests, the bench and bots in Rust: frames in and out, batched, with small buffers, so that a
//! process can hold many. [`chat`] builds the outbox, the cursors and the reconnecting on it.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Sink, SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::client::{ClientFrame, Hello, Pong};
use crate::codec;
use crate::frame::Ref;
use crate::server::{ServerFrame, Welcome};
use crate::value::FieldError;
use crate::{SUBPROTOCOL, limit};

mod backoff;
pub mod chat;
mod error;
pub mod log;
pub mod outbox;
#[cfg(test)]
mod tests;
pub mod upload;

pub use error::{ChatError, ConnectionError};

/// Bytes read from the socket at once; tungstenite keeps a buffer of this size for every socket.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes that tungstenite collects before it writes without being flushed.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// Longest message that a gateway is believed to send: many frames may share one.
const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// How a socket is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The handshake's `Origin`, as a browser would send it.
    pub origin: Option<String>,
    /// Further headers of the handshake, such as `("cookie", "chatdesk_agent=…")`.
    pub headers: Vec<(String, String)>,
    /// The address to connect from: the gateway's limits count by it, and so do the system's ports.
    pub local_address: Option<IpAddr>,
    /// Whether the gateway's pings are answered in passing; otherwise they are yielded like any frame.
    pub answer_pings: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { origin: None, headers: Vec::new(), local_address: None, answer_pings: true }
    }
}

/// One socket. Every method that waits may be dropped while it does: nothing is lost or sent twice by that.
#[derive(Debug)]
pub struct Connection {
    socket: WebSocketStream<TcpStream>,
    options: Options,
    last_reference: Ref,
    /// Frames that are not in a message yet.
    batch: BytesMut,
    /// Messages that tungstenite has not taken yet.
    outgoing: VecDeque<Message>,
    /// Whether tungstenite may hold bytes that the system does not have.
    unflushed: bool,
    /// Frames that have been read and not been handed out.
    received: VecDeque<(Ref, ServerFrame)>,
    /// How the socket ended, once it has.
    closed: Option<(Option<u16>, String)>,
}

impl Connection {
    /// Connects and shakes hands, with the protocol's subprotocol. `url` is `ws://host[:port]/path`.
    ///
    /// # Errors
    /// [`ConnectionError::Refused`] when the gateway answers with a status; otherwise what failed.
    pub async fn open(url: &str, options: &Options) -> Result<Self, ConnectionError> {
        let request = handshake(url, options)?;
        let stream = connect(url, options.local_address).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES));
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        Ok(Self {
            socket,
            options: options.clone(),
            last_reference: 0,
            batch: BytesMut::new(),
            outgoing: VecDeque::new(),
            unflushed: false,
            received: VecDeque::new(),
            closed: None,
        })
    }

    /// A ref that this connection has not used.
    pub fn reference(&mut self) -> Ref {
        self.last_reference += 1;
        self.last_reference
    }

    /// Puts a frame into the batch; [`Self::flush`] sends it. A chunk of a file is a message of its own: a message is
    /// taken when all of it is there, and a chat frame must not wait for chunks behind it.
    pub fn send_frame(&mut self, frame: &ClientFrame, reference: Ref) {
        let chunk = matches!(frame, ClientFrame::UploadChunk(_));
        let frame = frame.encode(reference);
        if chunk || self.batch.len() + frame.len() > limit::FRAME_BYTES {
            self.end_batch();
        }
        self.batch.extend_from_slice(&frame);
        if chunk {
            self.end_batch();
        }
    }

    /// Puts a binary message of any bytes behind what was sent before, for tests of what a gateway refuses.
    pub fn send_bytes(&mut self, message: impl Into<Bytes>) {
        self.end_batch();
        self.outgoing.push_back(Message::Binary(message.into()));
    }

    /// Puts a text message behind what was sent before, for tests of what a gateway refuses.
    pub fn send_text(&mut self, message: &str) {
        self.end_batch();
        self.outgoing.push_back(Message::text(message));
    }

    fn end_batch(&mut self) {
        if !self.batch.is_empty() {
            self.outgoing.push_back(Message::Binary(self.batch.split().freeze()));
        }
    }

    /// Sends everything that is waiting, and returns when the system has it.
    ///
    /// # Errors
    /// The socket is gone.
    pub async fn flush(&mut self) -> Result<(), ConnectionError> {
        self.end_batch();
        while !self.outgoing.is_empty() {
            std::future::poll_fn(|context| Pin::new(&mut self.socket).poll_ready(context)).await?;
            // Taken only now that it will be accepted: a future that is dropped above leaves it where it was.
            if let Some(message) = self.outgoing.pop_front() {
                self.unflushed = true;
                self.socket.start_send_unpin(message)?;
            }
        }
        if self.unflushed {
            self.socket.flush().await?;
            self.unflushed = false;
        }
        Ok(())
    }

    /// The next frame, with its ref. Flushes first. Ops that this build does not know are passed over.
    ///
    /// # Errors
    /// [`ConnectionError::Closed`] when the socket has ended, each time from then on.
    pub async fn next(&mut self) -> Result<(Ref, ServerFrame), ConnectionError> {
        loop {
            if let Some(frame) = self.received.pop_front() {
                return Ok(frame);
            }
            self.read().await?;
        }
    }

    /// Sends a request and waits for the first frame with its ref. What else comes meanwhile waits for [`Self::next`],
    /// as do further frames with this ref (`replay` pages).
    ///
    /// # Errors
    /// [`ConnectionError::Answer`] when the reply is an `error`.
    pub async fn request(&mut self, frame: &ClientFrame) -> Result<ServerFrame, ConnectionError> {
        let reference = self.reference();
        self.send_frame(frame, reference);
        let mut seen = 0;
        loop {
            let reply = self.received.iter().skip(seen).position(|(other, _)| *other == reference);
            if let Some((_, reply)) = reply.and_then(|at| self.received.remove(seen + at)) {
                return match reply {
                    ServerFrame::Error(error) => Err(ConnectionError::Answer(error)),
                    other => Ok(other),
                };
            }
            seen = self.received.len();
            self.read().await?;
        }
    }

    /// Says hello and waits for `welcome`.
    ///
    /// # Errors
    /// [`ConnectionError::Answer`] when it is refused.
    pub async fn hello(&mut self, hello: Hello) -> Result<Welcome, ConnectionError> {
        match self.request(&hello.into()).await? {
            ServerFrame::Welcome(welcome) => Ok(welcome),
            other => Err(ConnectionError::BadBody {
                op: other.op(),
                error: FieldError::new("op", "must be welcome's, in answer to hello"),
            }),
        }
    }

    /// Waits until the gateway closes the socket, and passes over what it says until then: the close code and reason.
    ///
    /// # Errors
    /// The socket failed instead.
    pub async fn closed(&mut self) -> Result<(Option<u16>, String), ConnectionError> {
        loop {
            match self.next().await {
                Ok(_) => {}
                Err(ConnectionError::Closed { code, reason }) => return Ok((code, reason)),
                Err(other) => return Err(other),
            }
        }
    }

    /// Closes the socket in good order: sends what is waiting and a close frame.
    ///
    /// # Errors
    /// The socket was gone before.
    pub async fn close(mut self) -> Result<(), ConnectionError> {
        self.flush().await?;
        self.socket.close(None).await.map_err(Into::into)
    }

    /// Reads one message into `received`.
    async fn read(&mut self) -> Result<(), ConnectionError> {
        if let Some((code, reason)) = self.closed.clone() {
            return Err(ConnectionError::Closed { code, reason });
        }
        if let Err(error) = self.flush().await {
            // The gateway may have said why before it went: what it sent is still there to be read.
            if !matches!(error, ConnectionError::Socket(_)) {
                return Err(error);
            }
            self.unflushed = false;
            self.outgoing.clear();
        }
        match self.socket.next().await {
            Some(Ok(Message::Binary(message))) => self.take(&message),
            Some(Ok(Message::Text(_))) => Err(ConnectionError::Text),
            Some(Ok(Message::Close(Some(frame)))) => {
                self.ended(Some(frame.code.into()), frame.reason.to_string());
                // The gateway waits for this answer, but if it is gone already that is no error.
                let _ = self.socket.flush().await;
                Ok(())
            }
            // A socket that breaks off is an end like any other: what was killed says no goodbye.
            Some(Ok(Message::Close(None)) | Err(_)) | None => {
                self.ended(None, String::new());
                Ok(())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
        }
    }

    fn ended(&mut self, code: Option<u16>, reason: String) {
        self.closed.get_or_insert((code, reason));
    }

    fn take(&mut self, message: &[u8]) -> Result<(), ConnectionError> {
        for frame in codec::frames(message) {
            let frame = frame?;
            match ServerFrame::decode(&frame) {
                Some(Ok(ServerFrame::Ping(_))) if self.options.answer_pings => {
                    self.send_frame(&Pong {}.into(), frame.reference);
                }
                Some(Ok(body)) => self.received.push_back((frame.reference, body)),
                Some(Err(error)) => return Err(ConnectionError::BadBody { op: frame.op, error }),
                None => {}
            }
        }
        Ok(())
    }
}

fn handshake(url: &str, options: &Options) -> Result<tungstenite::handshake::client::Request, ConnectionError> {
    let bad = |_| ConnectionError::BadTarget(url.to_owned());
    let mut request = url.into_client_request().map_err(bad)?;
    let headers = request.headers_mut();
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let origin = options.origin.iter().map(|origin| ("origin", origin.as_str()));
    let others = options.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in origin.chain(others) {
        let bad = || ConnectionError::BadTarget(format!("{url} with the header {name}: {value}"));
        let name = HeaderName::try_from(name).map_err(|_| bad())?;
        headers.append(name, HeaderValue::from_str(value).map_err(|_| bad())?);
    }
    Ok(request)
}

async fn connect(url: &str, local: Option<IpAddr>) -> Result<TcpStream, ConnectionError> {
    let bad = || ConnectionError::BadTarget(url.to_owned());
    let (_, rest) = url.split_once("://").filter(|(scheme, _)| *scheme == "ws").ok_or_else(bad)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let port = if authority.rsplit(']').next().is_some_and(|tail| tail.contains(':')) { "" } else { ":80" };
    let mut last = None;
    for address in tokio::net::lookup_host(format!("{authority}{port}")).await.map_err(ConnectionError::Connect)? {
        match connect_to(address, local).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(bad, ConnectionError::Connect))
}

async fn connect_to(address: SocketAddr, local: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_nodelay(true)?;
    if let Some(local) = local {
        socket.bind(SocketAddr::new(local, 0))?;
    }
    socket.connect(address).await
}
