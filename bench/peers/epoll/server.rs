//! The limit: a relay of one thread that asks epoll who has something to say, reads it, finds the other end, and writes to
//! it. One `read` and one `write` a message, no allocation, nothing is put off to be written together with something else.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::event::epoll::{self, EventData, EventFlags};

use self::frames::Violation;
use super::typing::{self, Participant, Request, Roll};

mod frames;

/// What is read from a socket at once.
const READ_BYTES: usize = 64 * 1024;
/// Sockets that are served between two waits.
const EVENTS_AT_ONCE: usize = 256;
/// What the listener is registered under: no socket's number.
const LISTENER: u64 = u64::MAX;

/// A client.
struct Socket {
    stream: TcpStream,
    open: bool,
    /// What was read and is not whole yet.
    partial: Vec<u8>,
    /// What could not be written yet.
    out: Vec<u8>,
    participant: Option<Participant>,
}

struct Relay {
    poll: OwnedFd,
    sockets: Vec<Option<Socket>>,
    free: Vec<usize>,
    roll: Roll<usize>,
    /// The frame that is being passed on.
    payload: Vec<u8>,
    frame: Vec<u8>,
}

/// Serves until it is killed.
///
/// # Errors
/// The port is taken, or there is no epoll.
pub(crate) fn serve(port: u16) -> Result<(), String> {
    let failed = |error: rustix::io::Errno| format!("epoll: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| format!("port {port}: {error}"))?;
    listener.set_nonblocking(true).map_err(|error| error.to_string())?;
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?;
    epoll::add(&poll, &listener, EventData::new_u64(LISTENER), EventFlags::IN).map_err(failed)?;
    let mut relay = Relay {
        poll,
        sockets: Vec::new(),
        free: Vec::new(),
        roll: Roll::default(),
        payload: Vec::new(),
        frame: Vec::new(),
    };
    let mut buffer = vec![0; READ_BYTES];
    let mut events = Vec::with_capacity(EVENTS_AT_ONCE);
    loop {
        events.clear();
        match epoll::wait(&relay.poll, rustix::buffer::spare_capacity(&mut events), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(error)),
        }
        // A place that becomes free is taken again after this round only: an event of it may be among these.
        let mut gone = Vec::new();
        for event in events.drain(..) {
            let (data, flags) = (event.data.u64(), event.flags);
            if data == LISTENER {
                relay.accept(&listener)?;
                continue;
            }
            let place = data as usize;
            if flags.contains(EventFlags::OUT) {
                relay.write(place, &[]);
            }
            if flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR)
                && relay.read(place, &mut buffer).is_err()
            {
                relay.sockets[place] = None;
                relay.roll.leave(&place);
                gone.push(place);
            }
        }
        relay.free.append(&mut gone);
    }
}

impl Relay {
    fn accept(&mut self, listener: &TcpListener) -> Result<(), String> {
        loop {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(format!("accept: {error}")),
            };
            let ready = stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true));
            ready.map_err(|error| format!("a socket: {error}"))?;
            let place = self.free.pop().unwrap_or_else(|| {
                self.sockets.push(None);
                self.sockets.len() - 1
            });
            let data = EventData::new_u64(place as u64);
            epoll::add(&self.poll, &stream, data, EventFlags::IN).map_err(|error| format!("epoll: {error}"))?;
            let socket = Socket { stream, open: false, partial: Vec::new(), out: Vec::new(), participant: None };
            self.sockets[place] = Some(socket);
        }
    }

    /// Reads once and serves what came. An error is the socket's end.
    fn read(&mut self, place: usize, buffer: &mut [u8]) -> Result<(), Violation> {
        let Some(Some(socket)) = self.sockets.get_mut(place) else { return Ok(()) };
        let length = match socket.stream.read(buffer) {
            Ok(0) => return Err(Violation),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(_) => return Err(Violation),
        };
        if socket.open && socket.partial.is_empty() {
            let served = self.serve(place, &mut buffer[..length])?;
            self.keep(place, &buffer[served..length]);
            return Ok(());
        }
        socket.partial.extend_from_slice(&buffer[..length]);
        let mut bytes = std::mem::take(&mut socket.partial);
        let mut from = 0;
        if !socket.open {
            let Some((answer, end)) = frames::answer(&bytes)? else {
                socket.partial = bytes;
                return Ok(());
            };
            socket.open = true;
            self.write(place, answer.as_bytes());
            from = end;
        }
        let served = self.serve(place, &mut bytes[from..])?;
        self.keep(place, &bytes[from + served..]);
        Ok(())
    }

    fn keep(&mut self, place: usize, rest: &[u8]) {
        if let (Some(Some(socket)), false) = (self.sockets.get_mut(place), rest.is_empty()) {
            socket.partial.extend_from_slice(rest);
        }
    }

    /// Serves the whole frames of `bytes`, and says how many bytes they had.
    fn serve(&mut self, place: usize, bytes: &mut [u8]) -> Result<usize, Violation> {
        let mut served = 0;
        while let Some(frame) = frames::next(bytes, served)? {
            let payload = &bytes[frame.from..frame.to];
            served = frame.to;
            match frame.opcode {
                frames::BINARY => self.request(place, payload)?,
                frames::PING => self.send(place, frames::PONG, payload),
                frames::PONG => {}
                _ => {
                    self.send(place, frames::CLOSE, payload);
                    return Err(Violation);
                }
            }
        }
        Ok(served)
    }

    fn request(&mut self, place: usize, payload: &[u8]) -> Result<(), Violation> {
        match typing::read(payload).ok_or(Violation)? {
            Request::Login(participant, conversations) => {
                self.roll.join(&participant, &conversations, &place);
                if let Some(Some(socket)) = self.sockets.get_mut(place) {
                    socket.participant = Some(participant);
                }
                self.send(place, frames::BINARY, &typing::welcome());
            }
            Request::Typing(conversation, on) => {
                let Some(Some(socket)) = self.sockets.get(place) else { return Ok(()) };
                let by = socket.participant.as_ref().ok_or(Violation)?;
                if let Some(&other) = self.roll.other(by, conversation) {
                    let mut payload = std::mem::take(&mut self.payload);
                    payload.clear();
                    typing::typing_by(&mut payload, conversation, by, on);
                    self.send(other, frames::BINARY, &payload);
                    self.payload = payload;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, place: usize, opcode: u8, payload: &[u8]) {
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        frames::head(&mut frame, opcode, payload.len());
        frame.extend_from_slice(payload);
        self.write(place, &frame);
        self.frame = frame;
    }

    /// Writes what waits and then `bytes`, or keeps what does not go until epoll says so. A socket that cannot be written to is
    /// found out when it is read.
    fn write(&mut self, place: usize, bytes: &[u8]) {
        let Some(Some(socket)) = self.sockets.get_mut(place) else { return };
        let waited = !socket.out.is_empty();
        if waited {
            socket.out.extend_from_slice(bytes);
        }
        let rest = if waited { std::mem::take(&mut socket.out) } else { Vec::new() };
        let all = if waited { rest.as_slice() } else { bytes };
        let written = match socket.stream.write(all) {
            Ok(written) => written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => return,
        };
        socket.out = all[written..].to_vec();
        let waits = !socket.out.is_empty();
        if waits != waited {
            let flags = if waits { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
            // It fails for a socket that is gone only.
            let _ = epoll::modify(&self.poll, &socket.stream, EventData::new_u64(place as u64), flags);
        }
    }
}
