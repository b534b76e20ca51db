//! One TCP socket that does not wait.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, connect, ipproto, recv, send, socket_with,
    sockopt,
};

use super::reader::Reader;

/// Bytes that may wait for a server that does not read: more than any socket of a scenario that still holds has.
const BACKLOG_BYTES: usize = 16 * 1024 * 1024;

/// How far a socket has come.
#[derive(Debug)]
pub(super) enum State {
    /// The handshake is under way: what of its answer has come, and the subprotocol that it must name.
    Shaking(Vec<u8>, Option<&'static str>),
    /// Messages pass.
    Open,
    /// We have said goodbye.
    Closing,
}

/// A socket.
#[derive(Debug)]
pub(super) struct Socket {
    fd: OwnedFd,
    pub(super) state: State,
    pub(super) reader: Reader,
    /// What has not been written.
    pub(super) out: Vec<u8>,
    /// Whether it is on the list of those that have something to write at the end of the turn.
    pub(super) dirty: bool,
    /// Whether the system had no room, so that what is to be written waits until it has.
    pub(super) blocked: bool,
}

/// How far writing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Nothing is left.
    All,
    /// The system has no room for the rest.
    Blocked,
}

impl Socket {
    /// Begins to connect; `request` is what will be said first.
    ///
    /// # Errors
    /// The system has no socket to give, or the server none to take.
    pub(super) fn open(
        target: SocketAddr,
        source: Option<IpAddr>,
        request: Vec<u8>,
        subprotocol: Option<&'static str>,
    ) -> Result<Self, String> {
        let family = if target.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let named = |what: &str, error: Errno| format!("{what}: {error}");
        let fd = socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP));
        let fd = fd.map_err(|error| named("a socket", error))?;
        sockopt::set_tcp_nodelay(&fd, true).map_err(|error| named("a socket", error))?;
        if let Some(source) = source {
            // Ports of earlier runs' sockets may still be in their last minute.
            sockopt::set_socket_reuseaddr(&fd, true).map_err(|error| named("a socket", error))?;
            bind(&fd, &SocketAddr::new(source, 0)).map_err(|error| named("an address to connect from", error))?;
        }
        match connect(&fd, &target) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(named(&format!("connecting to {target}"), error)),
        }
        let state = State::Shaking(Vec::new(), subprotocol);
        Ok(Self { fd, state, reader: Reader::default(), out: request, dirty: false, blocked: false })
    }

    /// Its descriptor.
    pub(super) fn fd(&self) -> impl AsFd + '_ {
        &self.fd
    }

    /// Reads what is there into `buffer`; 0: the server has ended, `None`: nothing is there.
    ///
    /// # Errors
    /// The connection is lost.
    pub(super) fn read(&self, buffer: &mut [u8]) -> Result<Option<usize>, Errno> {
        loop {
            match recv(&self.fd, &mut *buffer, RecvFlags::empty()) {
                Ok((_, length)) => return Ok(Some(length)),
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes what is to be written.
    ///
    /// # Errors
    /// The connection is lost, or the server has not read for long.
    pub(super) fn write(&mut self) -> Result<Written, String> {
        let mut written = 0;
        while written < self.out.len() {
            match send(&self.fd, &self.out[written..], SendFlags::NOSIGNAL) {
                Ok(length) => written += length,
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => {
                    self.out.drain(..written);
                    if self.out.len() > BACKLOG_BYTES {
                        return Err(format!("the server does not read: {} bytes wait for it", self.out.len()));
                    }
                    return Ok(Written::Blocked);
                }
                Err(error) => return Err(format!("writing: {error}")),
            }
        }
        self.out.clear();
        Ok(Written::All)
    }

    /// Ends the connection without a goodbye, as a network that goes away: the server is reset, and no port is kept for a
    /// last minute.
    pub(super) fn drop_now(self) {
        // A socket that cannot be told so is closed in good order instead.
        let _ = sockopt::set_socket_linger(&self.fd, Some(Duration::ZERO));
    }
}
