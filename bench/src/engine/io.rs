//! What a world can do: open sockets, send, close, and know the time.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, EventData, EventFlags};

use super::codec::{Keys, Opcode, encode};
use super::reader::Reader;
use super::socket::{Socket, State, Written};
use super::{Closed, Connect, Kind, SocketId, handshake};

/// Buffers for writing that are kept for the next turn.
const SPARE_BUFFERS: usize = 256;
/// The longest buffer that is kept.
const SPARE_BYTES: usize = 4 * 1024;

/// The sockets of one thread.
#[derive(Debug)]
pub(crate) struct Io {
    pub(super) poll: OwnedFd,
    pub(super) now: Instant,
    pub(super) busy: Duration,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Sockets with something to write at the end of the turn.
    dirty: Vec<SocketId>,
    /// Sockets that are gone and whose world has not been told.
    pub(super) gone: VecDeque<(SocketId, Closed)>,
    spare: Vec<Vec<u8>>,
    keys: Keys,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    socket: Option<Socket>,
}

impl SocketId {
    pub(super) fn data(self) -> EventData {
        EventData::new_u64(u64::from(self.generation) << 32 | u64::from(self.slot))
    }

    pub(super) fn of(data: u64) -> Self {
        Self { slot: data as u32, generation: (data >> 32) as u32 }
    }
}

impl Io {
    pub(super) fn new(poll: OwnedFd, seed: u64) -> Self {
        Self {
            poll,
            now: Instant::now(),
            busy: Duration::ZERO,
            slots: Vec::new(),
            free: Vec::new(),
            dirty: Vec::new(),
            gone: VecDeque::new(),
            spare: Vec::new(),
            keys: Keys::new(seed),
        }
    }

    /// The time, as it was read after the last wakeup or before the last reading of a socket.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// How long this thread has been at work since the beginning: whatever it did not spend waiting.
    pub(crate) fn busy(&self) -> Duration {
        self.busy
    }

    /// Begins to connect. The world is told of what comes of it: `opened`, or `closed`.
    pub(crate) fn open(&mut self, connect: &Connect) -> SocketId {
        let id = self.place();
        let request = handshake::request(connect);
        let opened = Socket::open(connect.target, connect.source, request, connect.subprotocol);
        if let Err(why) = opened.and_then(|socket| self.register(id, socket)) {
            self.end(id);
            self.gone.push_back((id, Closed::Failed(why)));
        }
        id
    }

    fn place(&mut self) -> SocketId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, socket: None });
            (self.slots.len() - 1) as u32
        });
        let generation = self.slots.get(slot as usize).map_or(0, |slot| slot.generation);
        SocketId { slot, generation }
    }

    fn register(&mut self, id: SocketId, mut socket: Socket) -> Result<(), String> {
        // On loopback the server has mostly taken the connection by now.
        socket.blocked = socket.write()? == Written::Blocked;
        let flags = if socket.blocked { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        epoll::add(&self.poll, socket.fd(), id.data(), flags).map_err(|error| format!("epoll: {error}"))?;
        if let Some(slot) = self.slots.get_mut(id.slot()) {
            slot.socket = Some(socket);
        }
        Ok(())
    }

    pub(super) fn socket(&mut self, id: SocketId) -> Option<&mut Socket> {
        let slot = self.slots.get_mut(id.slot()).filter(|slot| slot.generation == id.generation)?;
        slot.socket.as_mut()
    }

    /// Sends a message, at the turn's end. Says whether the socket is open: to one that is not, nothing is sent.
    pub(crate) fn send(&mut self, id: SocketId, kind: Kind, payload: &[u8]) -> bool {
        let opcode = match kind {
            Kind::Binary => Opcode::Binary,
            Kind::Text => Opcode::Text,
        };
        let open = self.socket(id).is_some_and(|socket| matches!(socket.state, State::Open));
        if open {
            self.put(id, opcode, payload);
        }
        open
    }

    /// Puts a frame behind what the socket has to write.
    pub(super) fn put(&mut self, id: SocketId, opcode: Opcode, payload: &[u8]) {
        let Self { slots, dirty, spare, keys, .. } = self;
        let Some(Slot { socket: Some(socket), .. }) =
            slots.get_mut(id.slot()).filter(|slot| slot.generation == id.generation)
        else {
            return;
        };
        if socket.out.capacity() == 0 {
            socket.out = spare.pop().unwrap_or_default();
        }
        encode(&mut socket.out, opcode, payload, keys.next());
        if !socket.dirty && !socket.blocked {
            socket.dirty = true;
            dirty.push(id);
        }
    }

    /// Says goodbye with `code`. The world is told when the server has answered, or has gone.
    pub(crate) fn close(&mut self, id: SocketId, code: u16) {
        match self.socket(id).map(|socket| &mut socket.state) {
            Some(state @ State::Open) => {
                *state = State::Closing;
                self.put(id, Opcode::Close, &code.to_be_bytes());
            }
            // Whoever has not been answered yet has nobody to say goodbye to.
            Some(State::Shaking(..)) => self.lose(id, Closed::Ended),
            Some(State::Closing) | None => {}
        }
    }

    /// Ends a socket at once and without a goodbye, as when a network goes away. What was to be sent is lost, and the world is
    /// told nothing.
    pub(crate) fn drop_now(&mut self, id: SocketId) {
        if let Some(socket) = self.end(id) {
            socket.drop_now();
            self.free.push(id.slot);
        }
    }

    /// Sockets that are open or being opened.
    pub(crate) fn sockets(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Ends a socket's time. Its slot is not free before its world knows.
    fn end(&mut self, id: SocketId) -> Option<Socket> {
        let slot = self.slots.get_mut(id.slot()).filter(|slot| slot.generation == id.generation)?;
        let socket = slot.socket.take();
        slot.generation = slot.generation.wrapping_add(1);
        socket
    }

    /// Closes a socket, and has its world told.
    pub(super) fn lose(&mut self, id: SocketId, why: Closed) {
        if self.end(id).is_some() {
            self.gone.push_back((id, why));
        }
    }

    /// The world has been told that a socket is gone: its slot may be had by another.
    pub(super) fn free(&mut self, id: SocketId) {
        self.free.push(id.slot);
    }

    /// Writes what the turn's sockets have to write.
    pub(super) fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for id in dirty.drain(..) {
            self.write(id);
        }
        self.dirty = dirty;
    }

    /// Writes what a socket has to write.
    pub(super) fn write(&mut self, id: SocketId) {
        let Some(socket) = self.socket(id) else { return };
        socket.dirty = false;
        let (written, was_blocked) = (socket.write(), socket.blocked);
        match written {
            Ok(Written::All) => {
                let out = std::mem::take(&mut socket.out);
                socket.blocked = false;
                if self.spare.len() < SPARE_BUFFERS && (1..=SPARE_BYTES).contains(&out.capacity()) {
                    self.spare.push(out);
                }
                if was_blocked {
                    self.watch(id, EventFlags::IN);
                }
            }
            Ok(Written::Blocked) => {
                socket.blocked = true;
                if !was_blocked {
                    self.watch(id, EventFlags::IN | EventFlags::OUT);
                }
            }
            Err(why) => self.lose(id, Closed::Failed(why)),
        }
    }

    fn watch(&mut self, id: SocketId, flags: EventFlags) {
        let Some(Slot { socket: Some(socket), .. }) = self.slots.get(id.slot()) else { return };
        let watched = epoll::modify(&self.poll, socket.fd(), id.data(), flags);
        if let Err(error) = watched {
            self.lose(id, Closed::Failed(format!("epoll: {error}")));
        }
    }

    /// A socket's reader, for as long as what it reads is handed out.
    pub(super) fn lend_reader(&mut self, id: SocketId) -> Option<Reader> {
        self.socket(id).map(|socket| std::mem::take(&mut socket.reader))
    }

    /// Takes it back.
    pub(super) fn take_back(&mut self, id: SocketId, reader: Reader) {
        if let Some(socket) = self.socket(id) {
            socket.reader = reader;
        }
    }
}
