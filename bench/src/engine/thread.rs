//! A thread with its loop: waits for its sockets, hands what comes to its world, and writes what the world sent.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;

use super::codec::Opcode;
use super::reader::Heard;
use super::socket::State;
use super::{Closed, Io, Next, SocketId, World, handshake};

/// What is read from a socket at once.
const READ_BYTES: usize = 64 * 1024;
/// Sockets that are served between two looks at what is due.
const EVENTS_AT_ONCE: usize = 256;
/// What the eventfd is registered under: no socket's id, for slots are fewer.
const WAKER: u64 = u64::MAX;

/// What a loop came to.
#[derive(Debug)]
pub(crate) struct Ended<W> {
    /// The world, with what it has counted.
    pub(crate) world: W,
    /// From the loop's begin to its end.
    pub(crate) time: Duration,
    /// What of that it was at work: whatever it did not spend waiting for something to come or to be due.
    pub(crate) busy: Duration,
}

/// A loop that is running. It ends when its world is done, or when this is dropped.
#[derive(Debug)]
pub(crate) struct Running<W: World> {
    orders: Sender<W::Order>,
    signal: Arc<Signal>,
    ended: Option<oneshot::Receiver<Result<Ended<W>, String>>>,
}

#[derive(Debug)]
struct Signal {
    stop: AtomicBool,
    waker: OwnedFd,
}

impl Signal {
    fn wake(&self) {
        // It fails only when it is wakened already, 2^64 times over.
        let _ = rustix::io::write(&self.waker, &1u64.to_ne_bytes());
    }
}

impl<W: World> Running<W> {
    /// Tells the world something. One that is done does not hear it.
    pub(crate) fn tell(&self, order: W::Order) {
        let _ = self.orders.send(order);
        self.signal.wake();
    }

    /// Waits until its world is done.
    ///
    /// # Errors
    /// The loop could not go on.
    pub(crate) async fn ended(mut self) -> Result<Ended<W>, String> {
        let Some(ended) = self.ended.take() else { return Err("the loop was waited for twice".into()) };
        ended.await.unwrap_or_else(|_| Err("the loop's thread panicked".into()))
    }
}

impl<W: World> Drop for Running<W> {
    fn drop(&mut self) {
        self.signal.stop.store(true, Ordering::Release);
        self.signal.wake();
    }
}

/// Starts a thread with the loop of a world.
///
/// # Errors
/// The system has no thread or no descriptors to give.
pub(crate) fn spawn<W: World>(world: W) -> Result<Running<W>, String> {
    let failed = |error: Errno| format!("epoll: {error}");
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed)?;
    let waker = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(failed)?;
    epoll::add(&poll, &waker, epoll::EventData::new_u64(WAKER), epoll::EventFlags::IN).map_err(failed)?;
    let signal = Arc::new(Signal { stop: AtomicBool::new(false), waker });
    let (orders, told) = channel();
    let (end, ended) = oneshot::channel();
    let seen = Arc::clone(&signal);
    let thread = std::thread::Builder::new().name("sockets".into());
    let started = thread.spawn(move || {
        let outcome = Loop::new(poll, seen, told, world).run();
        // Whoever does not wait for it any more does not want to know.
        let _ = end.send(outcome);
    });
    started.map_err(|error| format!("a thread: {error}"))?;
    Ok(Running { orders, signal, ended: Some(ended) })
}

struct Loop<W: World> {
    io: Io,
    world: W,
    signal: Arc<Signal>,
    orders: Receiver<W::Order>,
    /// What sockets are read into, one after the other.
    buffer: Vec<u8>,
}

impl<W: World> Loop<W> {
    fn new(poll: OwnedFd, signal: Arc<Signal>, orders: Receiver<W::Order>, world: W) -> Self {
        let since_boot = clock_gettime(ClockId::Monotonic);
        let io = Io::new(poll, since_boot.tv_nsec as u64 ^ (since_boot.tv_sec as u64) << 30);
        Self { io, world, signal, orders, buffer: vec![0; READ_BYTES] }
    }

    fn run(mut self) -> Result<Ended<W>, String> {
        let begin = Instant::now();
        let mut woke = begin;
        let mut events = Vec::with_capacity(EVENTS_AT_ONCE);
        self.io.now = begin;
        self.world.start(&mut self.io);
        loop {
            self.tell_of_gone();
            let next = self.world.turn(&mut self.io);
            self.io.flush();
            let now = Instant::now();
            self.io.busy += now.saturating_duration_since(woke);
            let wait = match next {
                Next::Done => break,
                // A socket that was lost while writing has yet to be told of.
                _ if !self.io.gone.is_empty() => Some(Duration::ZERO),
                Next::At(at) => Some(at.saturating_duration_since(now)),
                Next::Idle => None,
            };
            if self.signal.stop.load(Ordering::Acquire) {
                return Err("told to end".into());
            }
            events.clear();
            self.wait(&mut events, wait)?;
            woke = Instant::now();
            self.io.now = woke;
            for event in events.drain(..) {
                self.serve(event);
            }
        }
        let time = begin.elapsed();
        Ok(Ended { world: self.world, time, busy: self.io.busy })
    }

    fn wait(&self, events: &mut Vec<epoll::Event>, wait: Option<Duration>) -> Result<(), String> {
        let wait = wait.and_then(|wait| Timespec::try_from(wait).ok());
        match epoll::wait(&self.io.poll, rustix::buffer::spare_capacity(events), wait.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(format!("epoll: {error}")),
        }
    }

    /// Tells the world of sockets that are gone. What it does then may lose further ones.
    fn tell_of_gone(&mut self) {
        while let Some((id, why)) = self.io.gone.pop_front() {
            self.world.closed(&mut self.io, id, why);
            self.io.free(id);
        }
    }

    fn serve(&mut self, event: epoll::Event) {
        let (data, flags) = (event.data.u64(), event.flags);
        if data == WAKER {
            let mut count = [0; 8];
            // Nothing to read is as good: what was told is looked for in any case.
            let _ = rustix::io::read(&self.signal.waker, &mut count);
            while let Ok(order) = self.orders.try_recv() {
                self.world.told(&mut self.io, order);
            }
            return;
        }
        let id = SocketId::of(data);
        if flags.contains(epoll::EventFlags::OUT) {
            self.io.write(id);
        }
        if flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR) {
            self.read(id);
        }
    }

    fn read(&mut self, id: SocketId) {
        let Self { io, world, buffer, .. } = self;
        let Some(socket) = io.socket(id) else { return };
        let length = match socket.read(buffer) {
            Ok(Some(0)) => return io.lose(id, Closed::Ended),
            Ok(Some(length)) => length,
            Ok(None) => return,
            Err(error) => return io.lose(id, Closed::Failed(format!("reading: {error}"))),
        };
        // Read anew for every socket: what is read may have come while the ones before it were served.
        io.now = Instant::now();
        let chunk = &buffer[..length];
        match &mut socket_state(io, id) {
            Some(State::Shaking(answer, subprotocol)) => {
                answer.extend_from_slice(chunk);
                let taken = std::mem::take(answer);
                match handshake::answer(&taken, *subprotocol) {
                    Ok(None) => *answer = taken,
                    Ok(Some(head)) => {
                        open(io, id);
                        world.opened(io, id);
                        hand_out(io, world, id, &taken[head..]);
                    }
                    Err(why) => io.lose(id, why),
                }
            }
            Some(State::Open | State::Closing) => hand_out(io, world, id, chunk),
            None => {}
        }
    }
}

fn socket_state(io: &mut Io, id: SocketId) -> Option<&mut State> {
    io.socket(id).map(|socket| &mut socket.state)
}

fn open(io: &mut Io, id: SocketId) {
    if let Some(state) = socket_state(io, id) {
        *state = State::Open;
    }
}

/// Hands what was read to the world.
fn hand_out<W: World>(io: &mut Io, world: &mut W, id: SocketId, chunk: &[u8]) {
    let Some(mut reader) = io.lend_reader(id) else { return };
    let outcome = reader.read(chunk, |heard| {
        match heard {
            Heard::Message(payload) => world.message(io, id, payload),
            Heard::Ping(payload) => io.put(id, Opcode::Pong, payload),
            Heard::Close(code, reason) => {
                if matches!(socket_state(io, id), Some(State::Open)) {
                    let code = code.map_or_else(Vec::new, |code| code.to_be_bytes().to_vec());
                    io.put(id, Opcode::Close, &code);
                    io.write(id);
                }
                io.lose(id, Closed::Frame(code, String::from_utf8_lossy(reason).into_owned()));
            }
        }
        io.socket(id).is_some()
    });
    match outcome {
        Ok(()) => io.take_back(id, reader),
        Err(violation) => io.lose(id, Closed::Failed(format!("the server sent {violation}"))),
    }
}
