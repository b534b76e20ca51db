//! The generator's engine: one thread is one loop over its sockets, with its own small WebSocket client (RFC 6455), so that
//! it costs less than what it measures.
//!
//! A scenario is a [`World`]: what it does when a socket opened, when a message came, when something is due. Each thread has a
//! world of its own with sockets of its own, and nothing is shared between them; what they came to is merged at the end.
//! [`spawn`] starts such a thread, which may be told things underway by [`Running::tell`].
//!
//! Messages to one socket within one turn leave in one write, at the turn's end; so a world that has much to send at once
//! does it in turns of a few dozen messages (it returns [`Next::At`] with the present) and is not kept from reading by it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

mod codec;
mod handshake;
mod io;
mod reader;
mod socket;
mod thread;

pub(crate) use io::Io;
pub(crate) use thread::{Ended, Running, spawn};

/// What a scenario does on one thread. No method may wait: all sockets of the thread wait with it.
pub(crate) trait World: Send + 'static {
    /// What it may be told from outside, by [`Running::tell`]; `()` if nothing.
    type Order: Send + 'static;

    /// The loop begins: a world opens its first sockets.
    fn start(&mut self, io: &mut Io);

    /// It was told something.
    fn told(&mut self, io: &mut Io, order: Self::Order);

    /// The handshake was answered with 101: messages may be sent.
    fn opened(&mut self, io: &mut Io, socket: SocketId);

    /// A message came, text or binary, whole and unmasked.
    fn message(&mut self, io: &mut Io, socket: SocketId, payload: &[u8]);

    /// The socket is gone, whoever ended it; but one that [`Io::drop_now`] dropped is not told of. Its id is not valid
    /// any more.
    fn closed(&mut self, io: &mut Io, socket: SocketId, why: Closed);

    /// Called at the beginning and after each wakeup, when all that came has been handed out: does what is due, and says when
    /// the next is.
    fn turn(&mut self, io: &mut Io) -> Next;
}

/// When a world wants its next turn, unless something comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// At this time; at once, when it has passed.
    At(Instant),
    /// When something comes.
    Idle,
    /// Never: the loop ends, and the sockets that are still open are dropped.
    Done,
}

/// A socket of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SocketId {
    slot: u32,
    generation: u32,
}

impl SocketId {
    /// A small number that no other socket of this thread has while this one is open: for worlds that keep what they know
    /// of sockets in a `Vec`. It is used again after the socket was closed.
    pub(crate) fn slot(self) -> usize {
        self.slot as usize
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Bytes.
    Binary,
    /// UTF-8; the sender sees to it.
    Text,
}

/// Where to connect, and what the handshake says.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    /// The server.
    pub(crate) target: SocketAddr,
    /// The address to connect from; else the system chooses.
    pub(crate) source: Option<IpAddr>,
    /// The request's path with its query, such as `/ws`.
    pub(crate) path: String,
    /// The subprotocol that is asked for, and that the answer must name.
    pub(crate) subprotocol: Option<&'static str>,
    /// Further headers of the request.
    pub(crate) headers: Vec<(String, String)>,
}

/// Why a socket is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The handshake was answered with something else than 101: the status, and the beginning of what was said.
    Refused(u16, String),
    /// By a close frame: its code, if it had one, and its reason. Also when it answers our own.
    Frame(Option<u16>, String),
    /// The connection ended without a close frame.
    Ended,
    /// It could not be had or kept, or the server broke the WebSocket protocol.
    Failed(String),
}

impl fmt::Display for Closed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status, said) => write!(out, "the handshake was refused with {status} {said}"),
            Self::Frame(Some(code), reason) => write!(out, "closed with {code} {reason}"),
            Self::Frame(None, _) => write!(out, "closed without a code"),
            Self::Ended => write!(out, "the connection ended without a goodbye"),
            Self::Failed(why) => write!(out, "{why}"),
        }
    }
}

#[cfg(test)]
mod tests;
